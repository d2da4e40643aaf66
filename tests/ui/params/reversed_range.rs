use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = 1.0, range = 10.0..=0.0)] by: f32) -> f32 {
    image + by
}

fn main() {}
