use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[cfg(debug_assertions)] other: f32) -> f32 {
    image
}

fn main() {}
