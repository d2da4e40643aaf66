use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn root(image: f32) -> f32 {
    image.cbrt() + image.sqtr()
}

fn main() {}
