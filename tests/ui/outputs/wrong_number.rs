use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn two(x: f32) -> (f32, f32) {
    (x, x, x)
}

fn main() {}
