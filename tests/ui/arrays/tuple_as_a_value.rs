use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn pair(image: f32) -> f32 {
    let both = (image, 2.0);
    let (a, b, c) = both;
    let (d, e) = image;
    both.2 + both
}

fn main() {}
