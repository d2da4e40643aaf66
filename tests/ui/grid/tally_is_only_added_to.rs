use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn counted(at: Item, image: Read<u32>, counts: Tally, steps: u32) {
    let value = image.get(at.index()) as usize;
    let before = counts.add(value, 1);
    counts.store(value, steps);
    counts.fetch_add(value, before);
    let there = counts.load(value);
    counts.add(there);
    let all = counts;
}

fn main() {}
