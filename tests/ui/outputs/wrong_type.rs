use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn two(x: f32) -> (f32, u32) {
    (x, x)
}

fn main() {}
