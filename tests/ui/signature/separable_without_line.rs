use kernwerk::prelude::*;

#[gpu_op(neighborhood(separable))]
pub fn smooth(w: Window<f32>, radius: PerAxis<u32>) -> f32 {
    w.cuboid(radius).sum()
}

fn main() {}
