use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn total(pixel: f32, #[state(start = offset)] sum: f32, #[param(default = 0.0)] offset: f32) -> (f32, f32) {
    (sum + pixel + offset, sum + pixel)
}

fn main() {}
