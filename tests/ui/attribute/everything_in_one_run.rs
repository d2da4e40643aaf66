use kernwerk::prelude::*;

#[gpu_op(pointwize, aliases = "lighten")]
pub fn brighten(image: f32, #[param(defualt = 1.0)] by: f32, factors: Vec<f32>) -> f32 {
    let rounded = image.round();
    match factors {
        _ => rounded.max(by),
    }
}

fn main() {}
