use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten<T: Pixel>(image: T) -> f32 {
    image as f32
}

fn main() {}
