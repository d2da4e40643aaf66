//! Parameters that count voxels take lengths, which the voxel size of the image turns into voxels.

use kernwerk::ops::find;
use kernwerk::prelude::*;
use kernwerk::{HostData, Length, Result, ValueMap, VoxelSize, apply};
use ndarray::Array3;

fn stack(voxel_size: Option<VoxelSize>) -> Image<f32> {
    let voxels = (0..6 * 9 * 11).map(|i| ((i * 37) % 101) as f32).collect();
    let host = HostImage::new(Axes::new("zyx").unwrap(), &[6, 9, 11], HostData::F32(voxels)).unwrap();
    Device::cpu().upload_host(&host.with_voxel_size(voxel_size)).unwrap().typed().unwrap()
}

fn size(x: f64, y: f64, z: f64, unit: &str) -> Option<VoxelSize> {
    Some(VoxelSize { x, y, z, unit: unit.into() })
}

fn bits(expr: &Expr<f32>) -> Vec<u32> {
    let array: Array3<f32> = expr.download().unwrap();
    array.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_length_is_divided_by_the_voxel_size() {
    let image = stack(size(0.5, 0.25, 2.0, "µm"));
    let voxels = gaussian_blur(&image, PerAxis { x: 2.0, y: 4.0, z: 0.5 });
    assert_eq!(bits(&gaussian_blur(&image, 1.0).with("sigma", Length::micrometres(1.0))), bits(&voxels));
    assert_eq!(bits(&gaussian_blur(&image, 1.0).with("sigma", "1000 nm")), bits(&voxels));
    let per_axis = PerAxis { x: 1.0, y: 1.0, z: 4.0 };
    let voxels = gaussian_blur(&image, PerAxis { x: 2.0, y: 4.0, z: 2.0 });
    assert_eq!(bits(&gaussian_blur(&image, 1.0).with("sigma", Length::micrometres(per_axis))), bits(&voxels));
    assert_eq!(bits(&gaussian_blur(&image, 1.0).with("sigma", "[4um, 1um, 0.001mm]")), bits(&voxels));
}

#[test]
fn the_unit_of_the_voxels_counts() {
    let expected = bits(&gaussian_blur(stack(None), PerAxis { x: 2.0, y: 2.0, z: 1.0 }));
    for (unit, scale) in [("µm", 1.0), ("micron", 1.0), ("nm", 1e3), ("mm", 1e-3), ("\\u00B5m", 1.0), ("um", 1.0)] {
        let image = stack(size(0.5 * scale, 0.5 * scale, scale, unit));
        assert_eq!(bits(&gaussian_blur(&image, 9.0).with("sigma", "1um")), expected, "{unit}");
    }
}

#[test]
fn whole_voxels_are_the_nearest() {
    let image = stack(size(0.2, 0.5, 1.0, "µm"));
    let expected = bits(&maximum_box(&image, PerAxis { x: 6, y: 2, z: 1 }));
    assert_eq!(bits(&maximum_box(&image, 0).with("radius", Length::micrometres(1.2))), expected);
    let halves = bits(&maximum_box(&image, PerAxis { x: 8, y: 3, z: 2 }));
    assert_eq!(bits(&maximum_box(&image, 0).with("radius", Length::micrometres(1.5))), halves);
}

#[test]
fn composites_turn_lengths_into_voxels_once() {
    let image = stack(size(0.5, 0.5, 1.0, "µm"));
    let voxels = difference_of_gaussian(&image, PerAxis { x: 1.0, y: 1.0, z: 0.5 }, 2.0);
    assert_eq!(bits(&difference_of_gaussian(&image, 9.0, 2.0).with("sigma1", "0.5um")), bits(&voxels));
}

#[test]
fn the_voxel_size_is_that_of_the_input_at_hand() {
    let image = stack(size(0.5, 0.5, 1.0, "µm"));
    // Blocks of two voxels have twice the size.
    let smaller = block_mean(&image, 2);
    let voxels = gaussian_blur(&smaller, PerAxis { x: 2.0, y: 2.0, z: 1.0 });
    assert_eq!(bits(&gaussian_blur(&smaller, 1.0).with("sigma", "2um")), bits(&voxels));
}

#[test]
fn text_and_json_say_lengths_too() -> Result<()> {
    let op = find("gaussian_blur")?;
    let image = stack(size(0.5, 0.5, 2.0, "µm"));
    let expected = bits(&gaussian_blur(&image, PerAxis { x: 2.0, y: 2.0, z: 0.5 }));
    for json in [serde_json::json!({"sigma": "1um"}), serde_json::json!({"sigma": ["1um", "1um", "1000nm"]})] {
        let mut values = ValueMap::new(op);
        values.set_object(json.as_object().unwrap())?;
        let expr = apply(op, vec![AnyExpr::image(image.any().clone())], values.finish()?).typed::<f32>();
        assert_eq!(bits(&expr), expected, "{json}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_measured_is_an_error() {
    let message = |expr: Expr<f32>| expr.eval().unwrap_err().to_string();
    let bare = message(gaussian_blur(stack(None), 1.0).with("sigma", "1um"));
    assert!(bare.contains("the image has no voxel size") && bare.contains("with_voxel_size"), "{bare}");
    let inches = stack(size(1.0, 1.0, 1.0, "pixel"));
    let unit = message(gaussian_blur(&inches, 1.0).with("sigma", "1um"));
    assert!(unit.contains("`pixel`, is no length"), "{unit}");
    let image = stack(size(0.5, 0.5, 2.0, "µm"));
    let other = message(gaussian_blur(&image, 1.0).with("truncate", "1um"));
    assert!(other.contains("`truncate` is 1 µm") && other.contains("takes no lengths"), "{other}");
    let far = message(gaussian_blur(&image, 1.0).with("sigma", "1m"));
    assert!(far.contains("the largest value is 10000"), "{far}");
    let negative = message(maximum_box(&image, 1).with("radius", "-1um"));
    assert!(negative.contains("the smallest value is 0"), "{negative}");
}
