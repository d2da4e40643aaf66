use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn copied(w: Window<f32>) -> f32 {
    w
}

fn main() {}
