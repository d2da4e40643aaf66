use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn total(at: Item, source: Read<f32>, sum: Global<f32>) {
    sum.fetch_add(0, source.get(at.index()));
}

fn main() {}
