use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    let mut far = 0;
    for i in 0..3 {
        far = i;
    }
    w.at(far, 0, 0)
}

fn main() {}
