use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn mixed(image: u32) -> f32 {
    image.exp() + image.wrapping_add(1u32).sin() + (image as f32).wrapping_mul(2.0)
}

fn main() {}
