use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn largest(w: Window<f32>, radius: PerAxis<u32>) -> f32 {
    w.elipsoid(radius).max()
}

fn main() {}
