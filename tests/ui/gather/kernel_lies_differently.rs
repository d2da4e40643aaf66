use kernwerk::prelude::*;

#[gpu_op(gather)]
pub fn sum_under(source: Sampler<f32>, kernel: Sampler<f32>, at: Position) -> f32 {
    let mut sum = 0.0;
    for (value, weight) in source.under(kernel, at, at.x() > 3) {
        sum = weight.mul_add(value, sum);
    }
    sum
}

fn main() {}
