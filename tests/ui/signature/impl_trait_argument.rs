use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, by: impl Into<f32>) -> f32 {
    image
}

fn main() {}
