use kernwerk::prelude::*;

#[gpu_op(composite)]
pub fn smoothed(image: AnyExpr) -> f32 {
    1.0
}

#[gpu_op(procedure)]
pub fn counted(context: &Context, image: AnyImage) -> u32 {
    1
}

fn main() {}
