use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn copied(at: Item, w: Window<f32>, target: Global<f32>) {
    target.store(at.index(), w.center());
}

fn main() {}
