use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = 1.0, unit = 3, range)] by: f32) -> f32 {
    image + by
}

fn main() {}
