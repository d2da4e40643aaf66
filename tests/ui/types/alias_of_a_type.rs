use kernwerk::prelude::*;

type Real = f64;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let real: Real = 0.1;
    image * real
}

fn main() {}
