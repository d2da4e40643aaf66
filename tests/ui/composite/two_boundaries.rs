use kernwerk::Boundary;
use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn smooth(image: AnyExpr, inner: Boundary, outer: Boundary) -> Expr<f32> {
    gaussian_blur(gaussian_blur(image, 1.0).boundary(inner), 1.0).boundary(outer)
}

fn main() {}
