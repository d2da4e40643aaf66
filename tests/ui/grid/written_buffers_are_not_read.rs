use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn spread(at: Item, mask: Read<f32>, target: Write<u32>) {
    let word = mask.bits(at.index(), 32);
    let before = target.get(at.index());
    let other = target.load(at.index());
    target.store(at.index(), word + before + other);
    target.fetch_add(at.index(), 1);
    let ones = at.index().count_ones();
}

fn main() {}
