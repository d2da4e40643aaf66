use kernwerk::prelude::*;

#[gpu_op(neighborhood)]
pub fn spread(w: Window<f32>) -> f32 {
    let mut values = [0.0; 3];
    for i in 0..=3usize {
        values[i] = w.at(1, 0, 0);
    }
    values[0] + values[5]
}

fn main() {}
