use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn copy(source: Sampler<f32>) -> f32 {
    source
}

fn main() {}
