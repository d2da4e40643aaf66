use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> u32 {
    (image > 0.5) + (image > 0.7)
}

fn main() {}
