use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, #[param(default = 1.0)] kw_by: f32) -> f32 {
    let kw_sum = image + kw_by;
    kw_sum
}

fn main() {}
