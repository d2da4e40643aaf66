use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn copied(at: Item, source: Read<u32>, target: Global<u32>) {
    target.store(at.index(), source);
    let all = target;
}

fn main() {}
