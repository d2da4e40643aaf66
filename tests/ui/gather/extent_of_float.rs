use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn zoom(source: Sampler<f32>, at: Position, #[param(output_extent)] extent: PerAxis<f32>) -> f32 {
    source.at(at.x(), at.y(), at.z()) + extent.x
}

fn main() {}
