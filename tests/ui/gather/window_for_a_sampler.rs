use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn left(w: Window<f32>) -> f32 {
    w.at(-1, 0, 0)
}

fn main() {}
