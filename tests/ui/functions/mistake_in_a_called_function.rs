use kernwerk::prelude::*;

#[gpu_fn]
pub fn rounded(x: f32) -> f32 {
    x.round()
}

#[gpu_op(pointwise)]
pub fn levels(image: f32) -> f32 {
    rounded(image)
}

fn main() {}
