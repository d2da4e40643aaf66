use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let precise: f64 = 0.1;
    let small: u8 = 1;
    let text: &str = "dark";
    image * precise as f32 + small as f32
}

fn main() {}
