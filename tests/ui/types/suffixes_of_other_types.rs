use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    image + 1u8 as f32 + 2u64 as f32 + 1.0f64 as f32
}

fn main() {}
