use kernwerk::prelude::*;

pub struct Energy;

#[gpu_op(reduction, whole = "energy_of_all_pixels")]
impl Reduction<f64> for Energy {
    type State = f32;
    type Output = f32;

    fn identity() -> f32 {
        0.0
    }

    fn step(state: f32, pixel: f64, _at: Position) -> f32 {
        state + pixel as f32
    }

    fn merge(a: f32, b: f32) -> f32 {
        a + b
    }

    fn finish(state: f32, _count: f32) -> f32 {
        state
    }
}

fn main() {}
