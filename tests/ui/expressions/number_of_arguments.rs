use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    image.sqrt(2.0) + image.mul_add(1.0)
}

fn main() {}
