use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn total(w: Window<f32>, radius: PerAxis<u32>) -> f32 {
    let mut sum = w.center();
    for n in radius {
        sum += n as f32;
    }
    sum
}

fn main() {}
