use kernwerk::prelude::*;

#[gpu_fn]
pub fn twice(x: f32) {
    x * 2.0;
}

fn main() {}
