use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    let radius = 2;
    w.cuboid(radius).max()
}

fn main() {}
