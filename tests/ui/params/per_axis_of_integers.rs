use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn largest(w: Window<f32>, #[param(default = 1)] radius: PerAxis<i32>) -> f32 {
    w.cuboid(1).max()
}

fn main() {}
