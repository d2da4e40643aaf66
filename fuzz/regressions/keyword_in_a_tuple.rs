// Parts of a tuple that are assigned together are computed under names of their own: of a raw identifier that was `next_r#do`.
// attribute: pointwise
// shape: 1 1 1 1
// boundary: nearest
// input: u16 1
pub fn kernel(order: f32) -> u32 {
    let mut r#do: f32 = order;
    let mut item_y: f32 = 2.0;
    (r#do, item_y) = (item_y, r#do);
    (r#do * 10.0 + item_y) as u32
}
