use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = 0.5 + 0.5)] by: f32) -> f32 {
    image + by
}

fn main() {}
