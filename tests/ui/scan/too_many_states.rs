use kernwerk::prelude::*;

#[gpu_op(scan)]
pub fn delayed(
    pixel: f32,
    #[state(start = 0.0)] s0: f32,
    #[state(start = 0.0)] s1: f32,
    #[state(start = 0.0)] s2: f32,
    #[state(start = 0.0)] s3: f32,
    #[state(start = 0.0)] s4: f32,
    #[state(start = 0.0)] s5: f32,
    #[state(start = 0.0)] s6: f32,
    #[state(start = 0.0)] s7: f32,
    #[state(start = 0.0)] s8: f32,
    #[state(start = 0.0)] s9: f32,
    #[state(start = 0.0)] s10: f32,
    #[state(start = 0.0)] s11: f32,
    #[state(start = 0.0)] s12: f32,
) -> (f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32) {
    (s12, pixel, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11)
}

fn main() {}
