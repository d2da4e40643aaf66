use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn raw(image: f32) -> u32 {
    image.to_bits() + image.clamp(0.0, 1.0) as u32
}

fn main() {}
