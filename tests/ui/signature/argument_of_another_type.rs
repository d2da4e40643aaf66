use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn scale(image: f32, factors: Vec<f32>) -> f32 {
    image
}

fn main() {}
