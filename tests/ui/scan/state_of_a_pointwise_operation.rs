use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn total(pixel: f32, #[state(start = 0.0)] sum: f32) -> f32 {
    sum + pixel
}

fn main() {}
