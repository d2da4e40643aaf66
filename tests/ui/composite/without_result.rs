use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn smoothed(image: AnyExpr) {
    gaussian_blur(image, 1.0);
}

fn main() {}
