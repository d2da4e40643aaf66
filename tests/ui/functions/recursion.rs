use kernwerk::prelude::*;

#[gpu_fn]
pub fn factorial(n: f32) -> f32 {
    if n < 2.0 { 1.0 } else { n * factorial(n - 1.0) }
}

fn main() {}
