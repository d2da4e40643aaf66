use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let a = image.rem_euclid(2.0);
    let b = image.is_infinite();
    let c = (image as u32).saturating_sub(1);
    let d = (image as u32).pow(2);
    let e = image.clone();
    let f = image.total_cmp(&1.0);
    image
}

fn main() {}
