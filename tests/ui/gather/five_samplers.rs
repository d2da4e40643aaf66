use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn blend(
    a: Sampler<f32>,
    b: Sampler<f32>,
    c: Sampler<f32>,
    d: Sampler<f32>,
    e: Sampler<f32>,
    at: Position,
) -> f32 {
    let (x, y, z) = (at.x(), at.y(), at.z());
    a.at(x, y, z) + b.at(x, y, z) + c.at(x, y, z) + d.at(x, y, z) + e.at(x, y, z)
}

fn main() {}
