use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn count(at: Item, image: Read<f32>, counts: Global<u32>) -> u32 {
    counts.fetch_add(image.get(at.index()) as usize, 1);
    1
}

fn main() {}
