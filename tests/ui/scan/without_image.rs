use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn count(#[state(start = 0)] n: u32) -> (u32, u32) {
    (n, n + 1)
}

fn main() {}
