use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn two(x: f32) -> (f32, f64) {
    (x, 1.0)
}

fn main() {}
