use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let long = image as i64;
    let truth = image as bool;
    let number = (image > 0.0) as f32;
    let byte = image as u8;
    number
}

fn main() {}
