use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn larger<T: Pixel, U: Pixel>(a: T, b: U) -> T {
    a
}

fn main() {}
