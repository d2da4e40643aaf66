use kernwerk::prelude::*;

#[gpu_op(separable)]
pub fn smooth(line: Line<f32>) -> f32 {
    line.window(1).sum()
}

fn main() {}
