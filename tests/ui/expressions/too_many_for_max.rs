use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    max(image, 1.0, 2.0) + clamp(image, 0.0)
}

fn main() {}
