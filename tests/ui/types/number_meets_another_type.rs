use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: u32) -> u32 {
    let mut count = 0;
    if image > 1 {
        count = image;
    }
    count
}

fn main() {}
