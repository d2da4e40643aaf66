use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    image + 1.0;
    image.sqrt();
    3;
    image
}

fn main() {}
