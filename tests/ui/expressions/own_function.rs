use kernwerk::prelude::*;

fn more(value: f32) -> f32 {
    value + 1.0
}

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    more(image)
}

fn main() {}
