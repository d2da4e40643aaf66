use kernwerk::prelude::*;

/// Numbers without suffix have the type that the language gives them, where rustc alone would take another or none.
#[gpu_op(pointwise)]
pub fn numbers(image: f32) -> u32 {
    // f64 would say that these differ.
    let same = 0.1 + 0.2 == 0.3;
    // rustc alone does not know the type that these methods belong to.
    let root = 2.0.sqrt();
    let start = 1.5;
    let floor = start.floor();
    let third = 1.0 / 3.0;
    let largest = 4_000_000_000 as u32;
    let smallest = -2147483648;
    let bits = if same { 1 } else { 0u32 };
    let shown = if third as f32 * 3.0 == 1.0 { 2 } else { 0u32 };
    if smallest < 0 && image > root && floor > 0.5 { largest + bits + shown } else { bits + shown }
}

fn main() -> Result<(), Error> {
    let image: Image<f32> = Device::cpu().upload(ndarray::arr2(&[[0.0_f32, 2.0]]).view())?;
    let found: ndarray::Array2<u32> = numbers(&image).download()?;
    assert_eq!(found, ndarray::arr2(&[[3, 4_000_000_003]]));
    Ok(())
}
