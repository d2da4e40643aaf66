use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let larger;
    if image > 1.0 { larger = image; } else { larger = 1.0; }
    larger
}

fn main() {}
