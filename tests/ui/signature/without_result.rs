use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) {
    let _ = image + 1.0;
}

fn main() {}
