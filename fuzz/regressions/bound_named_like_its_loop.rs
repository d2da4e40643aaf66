// The writer keeps the bound of a loop beside its counter, under a name that a variable had.
// attribute: pointwise
// shape: 1 1 1 2
// boundary: nearest
// input: u8 3 5
pub fn probe(image: i32) -> i32 {
    let mut turn_end = image;
    let mut sum = 0;
    for turn in 0..turn_end + 1 {
        sum += turn_end + turn;
        turn_end = image + 1;
    }
    sum
}
