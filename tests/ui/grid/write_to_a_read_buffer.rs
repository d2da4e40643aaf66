use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn cleared(at: Item, source: Read<u32>) {
    source.store(at.index(), 0);
}

fn main() {}
