use kernwerk::prelude::*;

#[gpu_op(neighborhood(seperable))]
pub fn smooth(line: Line<f32>) -> f32 {
    line.center()
}

fn main() {}
