use kernwerk::prelude::*;

pub struct Brightness;

impl Brightness {
    #[gpu_op(pointwise)]
    pub fn brighten(self, image: f32) -> f32 {
        image + 1.0
    }
}

fn main() {}
