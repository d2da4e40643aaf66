use kernwerk::prelude::*;

pub struct Energy;

#[gpu_op(reduction, whole = "energy_of_all_pixels")]
impl Reduction<f32> for Energy {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (0.0, 0.0)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        let (sum, low) = state;
        (state + pixel, low)
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        (a.0 + b.0, a.1 + b.1)
    }

    fn finish(state: (f32, f32), _count: f32) -> f32 {
        state.2
    }
}

fn main() {}
