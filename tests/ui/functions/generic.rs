use kernwerk::prelude::*;

#[gpu_fn]
pub fn larger<T: Pixel>(a: T, b: T) -> T {
    max(a, b)
}

fn main() {}
