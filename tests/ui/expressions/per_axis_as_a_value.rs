use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32, scale: PerAxis<f32>) -> f32 {
    image * scale + scale.w
}

fn main() {}
