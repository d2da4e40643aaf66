use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn blend(a: Sampler<f32>, b: Sampler<f32>, at: Position) -> f32 {
    a.at(at.x(), at.y(), at.z()) + b.at(at.x(), at.y(), at.z())
}

fn main() {}
