use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn sum_under(source: Sampler<f32>, kernel: Sampler<f32>, at: Position, #[param(default = 1)] shift: i32) -> f32 {
    let mut sum = 0.0;
    for (value, weight) in source.under(kernel, at.x() + shift, false) {
        sum = weight.mul_add(value, sum);
    }
    for value in source.under(kernel, at, false) {
        sum += value;
    }
    sum
}

fn main() {}
