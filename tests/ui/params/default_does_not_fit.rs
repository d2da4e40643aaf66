use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(
    image: f32,
    #[param(default = "one")] by: f32,
    #[param(default = 1.5)] times: u32,
    #[param(default = 20, range = 0..=10)] limit: u32,
) -> f32 {
    image + by * times as f32 + limit as f32
}

fn main() {}
