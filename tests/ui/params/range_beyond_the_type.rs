use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: u32, #[param(default = 1, range = -1..=5)] by: u32) -> u32 {
    image + by
}

fn main() {}
