// The parts of a parameter per axis are arguments of the kernel; another argument could have the same name.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// input: u8 1 2
// value: axes_f32 3f800000 40000000 40400000
// value: f32 41200000
pub fn probe(image: f32, per: PerAxis<f32>, #[param] per_y: f32) -> f32 {
    image * per.x + per.y * per_y + per.z
}
