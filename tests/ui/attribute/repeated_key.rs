use kernwerk::prelude::*;

#[gpu_op(pointwise, family = "light", family = "shade")]
pub fn brighten(image: f32) -> f32 {
    image + 1.0
}

fn main() {}
