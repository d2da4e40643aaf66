use kernwerk::prelude::*;

#[gpu_op(neighborhood(separable))]
pub fn largest(line: Line<f32>, radius: PerAxis<u32>) -> f32 {
    max(line.cuboid(radius).max(), line.at(1, 0, 0))
}

fn main() {}
