use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn two<T: Pixel>(x: T, y: T) -> (T, T) {
    if x < y { (x, y) } else { x }
}

fn main() {}
