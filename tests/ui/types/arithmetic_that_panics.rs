use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: u32) -> u32 {
    image / 0 + (image << 32)
}

fn main() {}
