use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn total(pixel: f32, #[state] sum: f32) -> (f32, f32) {
    (sum + pixel, sum + pixel)
}

fn main() {}
