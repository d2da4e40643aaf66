use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(mut image: f32) -> f32 {
    image += 1.0;
    image
}

fn main() {}
