use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn doubled<T: Pixel>(image: T) -> T {
    image + image
}

fn main() {}
