use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn blend(a: f32, b: f32, c: f32, d: f32, e: f32, f: f32, g: f32) -> f32 {
    a + b + c + d + e + f + g
}

fn main() {}
