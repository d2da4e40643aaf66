use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn largest(#[param(default = 0)] w: Window<f32>) -> f32 {
    w.cuboid(1).max()
}

fn main() {}
