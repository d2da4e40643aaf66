use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    const GAIN: f32 = 2.0;
    use std::f32::consts::PI;
    fn twice(value: f32) -> f32 {
        value * 2.0
    }
    static COUNT: u32 = 1;
    image * GAIN
}

fn main() {}
