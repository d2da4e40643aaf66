use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn stepped(image: u32) -> u32 {
    match image {
        0 => 1,
        other => other,
    }
}

fn main() {}
