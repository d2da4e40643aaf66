use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, at: Position, again: Position) -> f32 {
    image + at.x() as f32 + again.y() as f32
}

fn main() {}
