use kernwerk::prelude::*;

#[gpu_op(pointwise, alias = "lighten, more light")]
pub fn brighten(image: f32) -> f32 {
    image + 1.0
}

pub struct Sum;

#[gpu_op(reduction, whole = "sum of all")]
impl Reduction<f32> for Sum {
    type State = f32;
    type Output = f32;

    fn identity() -> f32 {
        0.0
    }

    fn step(state: f32, pixel: f32, _at: Position) -> f32 {
        state + pixel
    }

    fn merge(a: f32, b: f32) -> f32 {
        a + b
    }

    fn finish(state: f32, _count: f32) -> f32 {
        state
    }
}

fn main() {}
