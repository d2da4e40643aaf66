use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    println!("{image}");
    image + 1.0
}

fn main() {}
