use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: u32) -> u32 {
    -image
}

fn main() {}
