use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn fill(at: Item, context: Global<u32>) {
    context.store(at.index(), 1);
}

fn main() {}
