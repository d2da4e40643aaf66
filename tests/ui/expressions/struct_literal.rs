use kernwerk::prelude::*;

struct Range {
    low: f32,
    high: f32,
}

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let range = Range { low: 0.0, high: image };
    range.high
}

fn main() {}
