use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn weighted(source: Sampler<f32>, kernel: Sampler<u32>, at: Position) -> f32 {
    kernel.linear(0.5, 0.0, 0.0) * source.at(at.x(), at.y(), at.z())
}

fn main() {}
