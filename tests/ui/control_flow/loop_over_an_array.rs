use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let mut sum = image;
    for weight in [1.0, 2.0, 1.0] {
        sum += weight.round();
    }
    sum
}

fn main() {}
