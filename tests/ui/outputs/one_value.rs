use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn two(w: Window<f32>) -> (f32, f32) {
    let sum = w.center() + w.at(1, 0, 0);
    sum
}

fn main() {}
