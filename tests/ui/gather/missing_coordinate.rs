use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn half(source: Sampler<f32>, at: Position) -> f32 {
    source.linear(at.x() as f32 + 0.5, at.y() as f32)
}

fn main() {}
