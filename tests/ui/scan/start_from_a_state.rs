use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn total(
    pixel: f32,
    #[state(start = pixel + offset)] sum: f32,
    #[state(start = 2.0 * sum)] twice: f32,
    #[state(start = at.x())] x: i32,
    at: Position,
    #[param(default = 0.0)] offset: f32,
) -> (f32, f32, f32, i32) {
    (sum + pixel + offset, sum + pixel, twice, x + at.x())
}

fn main() {}
