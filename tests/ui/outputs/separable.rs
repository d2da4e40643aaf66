use kernwerk::prelude::*;

#[gpu_op(neighborhood(separable))]
pub fn two(line: Line<f32>) -> (f32, f32) {
    (line.at(-1), line.at(1))
}

fn main() {}
