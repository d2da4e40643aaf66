use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn half<T: Pixel>(source: Sampler<T>, at: Position) -> T {
    source.linear(at.x() as f32 + 0.5, 0.0, 0.0)
}

fn main() {}
