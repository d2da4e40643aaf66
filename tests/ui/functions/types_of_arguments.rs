use kernwerk::prelude::*;

#[gpu_fn]
pub fn length(x: &f32, y: f64) -> f32 {
    *x + y as f32
}

#[gpu_fn]
pub fn nothing(x: f32) {}

#[gpu_fn]
pub fn any<T: Pixel>(x: T) -> T {
    x
}

fn main() {}
