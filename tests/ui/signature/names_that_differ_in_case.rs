use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn weighted(a: f32, A: f32) -> f32 {
    a * A
}

fn main() {}
