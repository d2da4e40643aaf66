// A literal before the call of a function of the language was taken for an i32, whatever the function returns.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// input: f32 3f800000 0
pub fn probe(image: f32) -> u32 {
    let low = 7 + max(2u32, 16u32);
    if 256 > to_bits(image) { low } else { 1 + clamp(low, 3u32, 9u32) }
}
