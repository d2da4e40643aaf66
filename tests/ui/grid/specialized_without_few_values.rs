use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn scale(at: Item, from: Read<f32>, to: Write<f32>, #[param(specialized)] by: f32) {
    to.store(at.index(), from.get(at.index()) * by);
}

#[gpu_op(pointwise)]
pub fn raise(image: f32, #[param(specialized)] by: u32) -> f32 {
    image + by as f32
}

#[gpu_op(grid)]
pub fn shift(at: Item, from: Read<f32>, to: Write<f32>, #[param(specialized = 3)] by: u32) {
    to.store(at.index(), from.get(at.index() + by as usize));
}

#[gpu_op(grid)]
#[allow(non_snake_case)]
pub fn twice(at: Item, from: Read<f32>, to: Write<f32>, #[param(specialized)] n: u32, #[param(specialized)] N: u32) {
    to.store(at.index(), from.get(at.index() + n as usize + N as usize));
}

fn main() {}
