use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let mut n = image;
    let found = loop {
        n *= 2.0;
        if n > 100.0 {
            break n;
        }
    };
    found
}

fn main() {}
