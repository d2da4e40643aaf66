// Names in capitals and vector types are macros and keywords of the vendors' compilers.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// input: u8 1 2
pub fn probe(image: f32) -> f32 {
    let MAXFLOAT = image + 1.0;
    let HUGE_VALF = MAXFLOAT * 2.0;
    let float2 = HUGE_VALF - 0.5;
    let weights0 = float2.floor();
    let bitor = weights0 - f32::NEG_INFINITY;
    if bitor > float2 { weights0 } else { MAXFLOAT }
}
