use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    f32::max(image, 1.0) + f32::sqrt(image)
}

fn main() {}
