use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub async unsafe extern "C" fn brighten(image: f32) -> f32 {
    image + 1.0
}

#[gpu_op(pointwise)]
pub const fn darken(image: f32) -> f32 {
    image - 1.0
}

fn main() {}
