use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn total(pixel: f32) -> (f32, f32) {
    (pixel, pixel)
}

fn main() {}
