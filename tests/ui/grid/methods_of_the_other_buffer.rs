use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn copied(at: Item, source: Read<u32>, target: Global<u32>) {
    let before = target.get(at.index());
    target.store(at.index(), source.load(at.index()) + before);
    target.fetch_sub(0, 1);
}

fn main() {}
