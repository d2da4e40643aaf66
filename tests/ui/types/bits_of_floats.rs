use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let mut bits = image & 1.0;
    bits <<= 2;
    bits
}

fn main() {}
