use kernwerk::prelude::*;

#[gpu_op(pointwise)]
pub fn table(image: f32, #[param(default = 2)] which: u32) -> f32 {
    let values = [1.0, 2.0, 4.0];
    let mut i = 0usize;
    while i < 2 {
        i += 1;
    }
    image * values[which as usize] + values[i]
}

fn main() {}
