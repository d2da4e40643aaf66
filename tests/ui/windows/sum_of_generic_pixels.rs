use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn total<T: Pixel>(w: Window<T>) -> T {
    w.cuboid(1).sum()
}

fn main() {}
