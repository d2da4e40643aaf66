use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn handed_on(at: Lane<64>, image: Read<f32>, output: Write<f32>, sums: Global<u32>, held: Shared<f32, 64>, steps: u32) {
    let lane = at.lane();
    held.store(0, 1.0);
    let first = held.get(0);
    output.store(0, first);
    let sum = sums.load(0);
    sums.fetch_add(0, 1);
    let mut count = 0u32;
    let mut kept = [0.0; 2];
    kept[0] = 1.0;
    for step in 0..steps {
        {
            count += step;
            kept[1] = image.get(at.index() + at.lane());
        }
    }
}

fn main() {}
