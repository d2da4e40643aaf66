use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(optional)] by: f32) -> f32 {
    image + by
}

fn main() {}
