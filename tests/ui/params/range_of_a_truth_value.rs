use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = true, range = 0..=1)] inverted: bool) -> f32 {
    if inverted { -image } else { image }
}

fn main() {}
