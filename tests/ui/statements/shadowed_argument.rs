use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let image = image + 1.0;
    image
}

fn main() {}
