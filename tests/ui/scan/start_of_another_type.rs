use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn count(pixel: bool, #[state(start = 0.0)] n: u32) -> (u32, u32) {
    let next = if pixel { n + 1 } else { n };
    (next, next)
}

fn main() {}
