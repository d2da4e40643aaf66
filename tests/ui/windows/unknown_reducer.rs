use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    w.cuboid(1).mean() + w.cuboid(1).medain() + w.diamond(1).variance()
}

fn main() {}
