use kernwerk::prelude::*;

#[gpu_fn]
pub fn lowest_bit(bits: u32) -> u32 {
    bits & 1
}

#[gpu_op(pointwise)]
pub fn odd(image: u32) -> f32 {
    let n = lowest_bit(image);
    n as f32
}

fn main() {}
