use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn total(pixel: f32, #[state(start = 0.0)] sum: f32, #[param(default = 1.0)] axis: f32) -> (f32, f32) {
    (sum + pixel * axis, sum + pixel)
}

fn main() {}
