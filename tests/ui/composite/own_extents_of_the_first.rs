use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn smoothed(#[own_extents] image: AnyExpr, #[own_extents] sigma: f32) -> Expr<f32> {
    gaussian_blur(&image, sigma)
}

fn main() {}
