use kernwerk::prelude::*;

#[gpu_op(neighborhood, layout = w.grown(PerAxis::xyz(1, 1, 1), PerAxis::xyz(1, 1, 1)))]
pub fn grown(w: Window<f32>) -> f32 {
    w.center()
}

#[gpu_op(gather, layout)]
pub fn same(source: Sampler<f32>, at: Position) -> f32 {
    source.at(at.x(), at.y(), at.along())
}

fn main() {}
