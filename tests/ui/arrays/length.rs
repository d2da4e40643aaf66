use kernwerk::prelude::*;

const N: usize = 4;

#[gpu_op(pointwise)]
pub fn lengths(image: f32) -> f32 {
    let a = [image; N];
    let b = [image; 1000];
    let c = [image, 1];
    a[0] + b[0] + c[0]
}

fn main() {}
