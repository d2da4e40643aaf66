use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let more = |value: f32| value + 1.0;
    more(image)
}

fn main() {}
