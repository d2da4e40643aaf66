use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn crop(w: Window<f32>, #[param(output_extent)] extent: PerAxis<u32>) -> f32 {
    w.center() + extent.x as f32
}

fn main() {}
