use kernwerk::prelude::*;

fn twice(x: f32) -> f32 {
    2.0 * x
}

#[gpu_op(pointwise)]
pub fn doubled(image: f32) -> f32 {
    twice(image)
}

fn main() {}
