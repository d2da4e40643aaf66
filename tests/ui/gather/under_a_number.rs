use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn sum_under(source: Sampler<f32>, at: Position, #[param(default = 3)] size: u32) -> f32 {
    let mut sum = 0.0;
    for (value, weight) in source.under(size, at, false) {
        sum = weight.mul_add(value, sum);
    }
    for (value, weight) in source.under(source, at) {
        sum = weight.mul_add(value, sum);
    }
    sum
}

fn main() {}
