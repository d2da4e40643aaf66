// The storage type of an image is a definition that is called like the image: `KW_OUT`, `KW_PIXEL`, `KW_CAT` and `KW_R#FN` are taken.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// input: u8 1 2
// input: i16 fffe 3
// input: f32 3f800000 40000000
pub fn probe(out: f32, cat: i32, r#fn: f32) -> f32 {
    out + cat as f32 * r#fn
}
