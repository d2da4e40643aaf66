use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    w.at(1) + w.center(0)
}

fn main() {}
