// A literal of type i64 was an int in the texts: shifted out, or overflowing.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// input: i32 1 7
pub fn probe(image: i32) -> i32 {
    let far = 1i64 << 40u32;
    let product = 100_000i64 * 100_000;
    ((far + product + image as i64) >> 20) as i32
}
