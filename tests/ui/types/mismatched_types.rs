use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn above(image: f32, #[param(default = 2)] threshold: u32) -> bool {
    image > threshold
}

fn main() {}
