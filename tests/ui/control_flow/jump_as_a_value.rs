use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let a = 1.0 + if image > 1.0 { return 1.0 } else { image };
    a
}

fn main() {}
