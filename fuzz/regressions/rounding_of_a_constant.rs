// PoCL rounds by way of an integer; of a constant that no integer holds, its compiler made anything.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// store: u32
// input: u8 1 2
pub fn probe(image: f32) -> (f32, f32, f32, f32) {
    let far = if f32::NAN.trunc().is_finite() { 1.0 } else { 0.0 };
    (f32::NAN, far, image, if f32::NAN.round_ties_even().is_nan() { 1e30f32.floor() } else { image })
}
