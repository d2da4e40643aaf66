use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, at: Position) -> f32 {
    image + at as f32 + at.w() as f32
}

fn main() {}
