use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn ramp(at: Position) -> f32 {
    at.x() as f32
}

fn main() {}
