use kernwerk::prelude::*;

#[gpu_op(reduction)]
pub fn energy(image: f32) -> f32 {
    image * image
}

fn main() {}
