use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn count(at: Item, counts: Global<u32>) {
    let twice = 2 * counts.fetch_add(at.x(), 1);
    counts.store(at.x(), twice);
}

fn main() {}
