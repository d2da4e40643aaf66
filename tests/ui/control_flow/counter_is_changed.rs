use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let mut sum = 0.0;
    for mut i in 0..10 {
        sum += image;
        i += 1;
    }
    sum
}

fn main() {}
