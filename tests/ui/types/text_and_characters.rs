use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let name = "bright";
    let letter = 'b';
    let byte = b'b';
    image
}

fn main() {}
