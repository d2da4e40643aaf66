use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = 1.0, optional = true)] by: f32) -> f32 {
    image + by
}

fn main() {}
