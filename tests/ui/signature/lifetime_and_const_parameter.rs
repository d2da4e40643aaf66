use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn largest<'a, const RADIUS: u32>(w: Window<'a, f32>) -> f32 {
    w.cuboid(1).max()
}

fn main() {}
