use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn with_a_number(image: AnyExpr) -> (Expr<f32>, f32) {
    (gaussian_blur(&image, 1.0), 1.0)
}

#[gpu_op(composite)]
pub fn five(image: AnyExpr) -> (AnyExpr, AnyExpr, AnyExpr, AnyExpr, AnyExpr) {
    (image.clone(), image.clone(), image.clone(), image.clone(), image)
}

#[gpu_op(procedure)]
pub fn with_a_table(context: &Context, image: AnyImage) -> kernwerk::Result<(AnyImage, Table)> {
    Ok((image, Table::new()))
}

#[gpu_op(procedure)]
pub fn alone(context: &Context, image: AnyImage) -> kernwerk::Result<(AnyImage,)> {
    Ok((image,))
}

fn main() {}
