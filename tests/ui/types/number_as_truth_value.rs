use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: u32) -> u32 {
    if image { 1 } else { 0 }
}

fn main() {}
