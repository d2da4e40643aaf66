use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn smoothed(image: AnyExpr, #[param(default = 1.0)] sigma: f32) -> Expr<f32> {
    gaussian_blur(&image, "wide") + sigma
}

fn main() {}
