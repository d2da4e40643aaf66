use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn rounded(image: f32) -> f32 {
    image.round()
}

fn main() {}
