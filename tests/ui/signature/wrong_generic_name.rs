use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn largest<P: Pixel>(w: Window<P>, radius: PerAxis<u32>) -> P {
    w.cuboid(radius).max()
}

fn main() {}
