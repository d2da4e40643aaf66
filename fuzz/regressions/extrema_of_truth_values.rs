// `min` and `max` of truth values were those of f32 in the texts, of which `&` and `?:` are no expressions.
// attribute: pointwise
// shape: 1 1 1 3
// boundary: nearest
// input: u8 0 1 2
// input: u8 1 0 2
pub fn probe(a: bool, b: bool) -> i32 {
    let both = min(a, b) & (if max(a, b) { a != b } else { true });
    max(both, min(true, a)) as i32 + (if min(a, max(b, false)) { 2 } else { 4 })
}
