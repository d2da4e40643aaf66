use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn max(a: f32, b: f32) -> f32 {
    max(a, b)
}

fn main() {}
