use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let a = unsafe { image + 1.0 };
    let b = const { 1.0 + 2.0 };
    let c = {
        let twice = image * 2.0;
        twice + 1.0
    };
    a + b + c
}

fn main() {}
