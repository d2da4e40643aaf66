use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn halved(image: f32) -> f32 {
    if image > 1.0 { halved(image / 2.0) } else { image }
}

fn main() {}
