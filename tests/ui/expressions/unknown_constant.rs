use kernwerk::prelude::*;

const GAIN: f32 = 2.0;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    image * GAIN
}

fn main() {}
