use kernwerk::prelude::*;

#[gpu_fn]
pub fn polynomial(x: f32) -> f32 {
    let y = x.sqtr();
    let z = y + 1;
    println!("{z}");
    z
}

fn main() {}
