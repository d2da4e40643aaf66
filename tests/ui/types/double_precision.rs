use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn precise(image: f32) -> f32 {
    (image as f64 * 2.0f64) as f32
}

fn main() {}
