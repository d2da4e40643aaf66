use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>, #[param(default = 1.0)] image: f32) -> f32 {
    w.center() * image
}

fn main() {}
