use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn half(source: Sampler<f32>, at: Position) -> f32 {
    source.liner(at.x() as f32 + 0.5, 0.0, 0.0)
}

fn main() {}
