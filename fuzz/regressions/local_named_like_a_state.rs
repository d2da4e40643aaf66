// A local took the name of an argument that the writer declares in the functions of a reduction.
// attribute: reduction
// shape: 1 1 1 1
// boundary: nearest
// reduce: project z
// input: i8 1
impl Reduction<f32> for Probe {
    type State = bool;
    type Output = f32;
    fn identity() -> bool {
        true
    }
    fn step(state: bool, pixel: f32, at: Position) -> bool {
        state & (pixel > 0.0)
    }
    fn merge(last: bool, i: bool) -> bool {
        let left_state = 0.0;
        last & (i | (left_state > 1.0))
    }
    fn finish(state: bool, unroll: f32) -> f32 {
        if state { unroll } else { -1.0 }
    }
}
