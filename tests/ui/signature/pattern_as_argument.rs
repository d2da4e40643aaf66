use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten((image, by): (f32, f32)) -> f32 {
    image + by
}

fn main() {}
