use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn shifted(w: Window<f32>, #[param(default = 1)] by: i32) -> f32 {
    w.at(by, 0, 0)
}

fn main() {}
