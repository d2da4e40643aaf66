use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: u32) -> u32 {
    let offset: u32 = -1;
    image + offset
}

fn main() {}
