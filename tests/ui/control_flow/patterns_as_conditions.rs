use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let mut sum = image;
    if let Some(value) = Some(image) {
        sum += value;
    }
    while let Some(value) = Some(sum) {
        sum -= value;
    }
    sum
}

fn main() {}
