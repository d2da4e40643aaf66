use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let mut sum = image;
    #[cfg(debug_assertions)]
    {
        sum += 1.0;
    }
    #[inline]
    let twice = sum * 2.0;
    twice
}

fn main() {}
