use kernwerk::prelude::*;

fn max(a: f32, _b: f32) -> f32 {
    a
}

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    max(image, 0.5)
}

fn main() {}
