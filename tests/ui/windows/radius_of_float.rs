use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn largest(w: Window<f32>, #[param(default = 1.0)] radius: PerAxis<f32>) -> f32 {
    w.ellipsoid(radius).max()
}

fn main() {}
