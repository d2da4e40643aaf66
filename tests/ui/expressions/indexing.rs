use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let table = [1.0, 2.0];
    image + table[(image as i32 % 2) as usize]
}

fn main() {}
