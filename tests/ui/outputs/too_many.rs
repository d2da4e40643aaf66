use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn five(x: f32) -> (f32, f32, f32, f32, f32) {
    (x, x, x, x, x)
}

fn main() {}
