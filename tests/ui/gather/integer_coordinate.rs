use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn turned(source: Sampler<f32>, at: Position) -> f32 {
    source.nearest(at.y(), at.x() as f32, at.z() as f32)
}

fn main() {}
