// A parameter had the name of a variable of its kernel, which stood between it and the call of the body.
// attribute: neighborhood(separable)
// shape: 1 2 3 4
// boundary: reflect
// input: u8 1 2 3 4 5 6 7 8 9 a b c d e f 10 11 12 13 14 15 16 17 18
// value: f32 40000000
// value: f32 3f000000
// value: u32 5
pub fn probe(line: Line<f32>, #[param] reach: f32, #[param] plane: f32, #[param] local_y: u32) -> f32 {
    line.at(1) * reach + line.at(-1) * plane + local_y as f32
}
