use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn levels(image: f32, #[param(default = 10.0)] step: f32) -> f32 {
    let level = (image / step).round();
    let high = level.max(0.0);
    high * step
}

fn main() {}
