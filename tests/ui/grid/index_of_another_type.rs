use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn chase(at: Item, parents: Read<u32>, results: Global<u32>) {
    let parent = parents.get(at.index());
    results.store(at.index(), parents.get(parent));
}

fn main() {}
