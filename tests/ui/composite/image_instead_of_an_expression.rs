use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn smoothed(image: &Image<f32>, radius: Option<u32>) -> Expr<f32> {
    gaussian_blur(image, 1.0)
}

fn main() {}
