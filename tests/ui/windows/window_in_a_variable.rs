use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    let window = w.cuboid(1);
    window.max()
}

fn main() {}
