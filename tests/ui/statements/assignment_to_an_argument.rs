use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = 1.0)] by: f32) -> f32 {
    image += by;
    by = 2.0;
    image
}

fn main() {}
