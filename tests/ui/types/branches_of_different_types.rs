use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let level = if image > 0.5 { image } else { 0 };
    level
}

fn main() {}
