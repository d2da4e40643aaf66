use kernwerk::prelude::*;

#[gpu_fn]
pub struct Pair(f32, f32);

fn main() {}
