use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let a = 3_000_000_000;
    let b: u32 = 5_000_000_000;
    let c = 1e39;
    image + a as f32 + b as f32 + c
}

fn main() {}
