use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    w.cuboid(1).max(0.5)
}

fn main() {}
