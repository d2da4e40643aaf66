use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn too_many(at: Lane<512>, held: Shared<f32, 64>) {}

#[gpu_op(grid)]
pub fn too_much(at: Lane<64>, held: Shared<f32, 8192>, further: Shared<u32, 8192>) {}

#[gpu_op(grid)]
pub fn alone(at: Item, held: Shared<f32, 64>) {}

#[gpu_op(grid)]
pub fn of_truth(at: Lane<64>, held: Shared<bool, 64>) {}

#[gpu_op(grid)]
pub fn counting(at: Lane<64>, counts: Tally) {}

#[gpu_op(grid)]
pub fn both(at: Lane<64>, item: Item) {}

fn main() {}
