use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let sum = image;
    sum += 1.0;
    sum
}

fn main() {}
