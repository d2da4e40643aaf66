use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn whole(image: f32) -> f32 {
    let mut values = [image, 2.0 * image];
    let copy = values;
    values = [0.0, 1.0];
    values + image[0]
}

fn main() {}
