use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn difference(a: Window<f32>, b: Window<f32>) -> f32 {
    a.center() - b.center()
}

fn main() {}
