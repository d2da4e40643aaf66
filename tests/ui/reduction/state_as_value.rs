use kernwerk::prelude::*;

pub struct Energy;

#[gpu_op(reduction, whole = "energy")]
impl Reduction<f32> for Energy {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (0.0, 0.0)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        (state.0 + pixel, state.1)
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        let (sum, low) = a;
        let (other, other_low) = b;
        (sum + other, low + other_low)
    }

    fn finish(state: (f32, f32), _count: f32) -> f32 {
        let (sum, _) = state;
        sum
    }
}

fn main() {}
