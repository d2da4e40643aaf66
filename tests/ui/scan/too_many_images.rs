use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn total(a: f32, b: f32, c: f32, d: f32, #[state(start = 0.0)] sum: f32) -> (f32, f32) {
    (sum, sum + a + b + c + d)
}

fn main() {}
