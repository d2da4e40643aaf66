use kernwerk::prelude::*;

fn checked(value: f32) -> Option<f32> {
    Some(value)
}

async fn later(value: f32) -> f32 {
    value
}

#[gpu_op(pointwise)]
pub fn brighten(image: f32) -> f32 {
    let a = checked(image)?;
    let b = later(image).await;
    a + b
}

fn main() {}
