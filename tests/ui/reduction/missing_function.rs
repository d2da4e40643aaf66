use kernwerk::prelude::*;

pub struct Energy;

#[gpu_op(reduction, whole = "energy_of_all_pixels")]
impl Reduction<f32> for Energy {
    type State = f32;
    type Output = f32;

    fn identity() -> f32 {
        0.0
    }

    fn step(state: f32, pixel: f32, _at: Position) -> f32 {
        state + pixel * pixel
    }

    fn finish(state: f32, _count: f32) -> f32 {
        state
    }
}

fn main() {}
