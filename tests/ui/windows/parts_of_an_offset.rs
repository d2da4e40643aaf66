use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn filtered(w: Window<f32>) -> f32 {
    let mut sum = 0.0;
    for d in w.cuboid(1).offsets() {
        sum += w.at(d, 0, 0);
    }
    sum
}

fn main() {}
