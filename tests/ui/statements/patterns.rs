use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let ref view = image;
    let whole @ 1.0 = image else { return 0.0 };
    let [first, second] = [image, 1.0];
    let Some(value) = Some(image) else { return 0.0 };
    first + value
}

fn main() {}
