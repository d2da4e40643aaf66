use kernwerk::prelude::*;

fn box_weights(scale: f32) -> PerAxis<Vec<f32>> {
    PerAxis::from(vec![scale; 3])
}

#[gpu_op(neighborhood(separable))]
pub fn smooth(line: Line<f32>) -> f32 {
    let scale = line.center();
    line.weighted_sum(box_weights(scale))
}

fn main() {}
