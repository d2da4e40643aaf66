use kernwerk::prelude::*;

#[gpu_fn]
pub fn twice(w: Window<f32>) -> f32 {
    w.center() * 2.0
}

fn main() {}
