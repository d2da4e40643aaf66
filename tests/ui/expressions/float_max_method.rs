use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn at_least(image: f32, #[param(default = 0.0)] low: f32) -> f32 {
    image.max(low)
}

fn main() {}
