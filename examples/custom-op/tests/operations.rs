//! Every operation on every backend of this machine, most against plain Rust; the generated texts; the list.

use kernwerk::prelude::*;
use kernwerk_testkit::{Call, Values, Voxel, catalogue, check, golden};
use microscopy_ops::*;
use ndarray::{ArrayD, Axis as ArrayAxis, IxDyn};

#[test]
fn the_list_is_in_order() {
    catalogue(CATALOGUE);
    assert_eq!(CATALOGUE.len(), 28);
    assert_eq!(KERNELS.len(), 28);
}

#[test]
fn texts() {
    golden("tests/golden", KERNELS);
}

#[test]
fn intensity() {
    check(&anscombe_transform::INFO).against(|call, at| 2.0 * (call.value(0, at).max(0.0) + 0.375).sqrt()).run();
    check(&soft_threshold::INFO)
        .params(["{}", r#"{"level": 7, "amount": 20.5}"#])
        .against(|call, at| {
            let (level, amount) = (call.f32("level"), call.f32("amount"));
            let distance = call.value(0, at) - level;
            level + distance.signum() * (distance.abs() - amount).max(0.0)
        })
        .run();
    // Kernwerk's logarithm is the same on every device, but not that of the machine.
    check(&log_ratio::INFO)
        .dtypes([DType::U8, DType::U16])
        .within(2)
        .against(|call, at| ((call.value(0, at) + 1.0) / (call.value(1, at) + 1.0)).ln())
        .run();
    check(&magnitude_and_phase::INFO)
        .within(2)
        .against_each(|call, at| {
            let (x, y) = (call.value(0, at), call.value(1, at));
            vec![f64::from((x * x + y * y).sqrt()), f64::from(y.atan2(x))]
        })
        .run();
}

/// The values of a window, in raster order.
fn window(call: &Call, at: Voxel, radius: PerAxis<i32>) -> Vec<(f32, [i32; 3])> {
    let mut values = Vec::new();
    for dz in -radius.z..=radius.z {
        for dy in -radius.y..=radius.y {
            values.extend((-radius.x..=radius.x).map(|dx| (call.near(0, at, [dx, dy, dz]), [dx, dy, dz])));
        }
    }
    values
}

#[test]
fn texture() {
    check(&local_z_score::INFO)
        .params([r#"{"radius": 1}"#, r#"{"radius": [1, 3, 2], "floor": 0.5}"#])
        .against(|call, at| {
            let values = window(call, at, call.radius("radius"));
            let count = values.len() as f32;
            let mean = values.iter().fold(0.0, |sum, (value, _)| sum + value) / count;
            let squares = values.iter().fold(0.0, |sum, (value, _)| sum + (value - mean) * (value - mean));
            (call.value(0, at) - mean) / ((squares / count).sqrt() + call.f32("floor"))
        })
        .run();
    check(&edge_preserving_mean::INFO)
        .params(["{}", r#"{"radius": [1, 2, 3], "range": 12}"#])
        .against(|call, at| {
            let (radius, range, center) = (call.radius("radius"), call.f32("range"), call.value(0, at));
            let part = |d: i32, r: i32| if r == 0 { 0.0 } else { f64::from(d * d) / f64::from(r * r) };
            let inside = |[x, y, z]: [i32; 3]| part(x, radius.x) + part(y, radius.y) + part(z, radius.z) <= 1.0 + 1e-12;
            let (mut sum, mut weights) = (0.0_f32, 0.0_f32);
            for (value, _) in window(call, at, radius).into_iter().filter(|(_, offset)| inside(*offset)) {
                let difference = (value - center).abs();
                if difference < range {
                    sum += (1.0 - difference / range) * value;
                    weights += 1.0 - difference / range;
                }
            }
            sum / weights
        })
        .run();
    check(&coherence::INFO)
        .against(|call, at| {
            let (mut xx, mut yy, mut xy) = (0.0_f32, 0.0_f32, 0.0_f32);
            for dy in -2..=2 {
                for dx in -2..=2 {
                    let gx = call.near(0, at, [dx + 1, dy, 0]) - call.near(0, at, [dx - 1, dy, 0]);
                    let gy = call.near(0, at, [dx, dy + 1, 0]) - call.near(0, at, [dx, dy - 1, 0]);
                    (xx, yy, xy) = (xx + gx * gx, yy + gy * gy, xy + gx * gy);
                }
            }
            let (difference, total) = (xx - yy, xx + yy);
            if total > 0.0 { (difference * difference + 4.0 * (xy * xy)).sqrt() / total } else { 0.0 }
        })
        .run();
    check(&remove_hot_pixels::INFO)
        .params([r#"{"factor": 1.0}"#])
        .values([Values::Random, Values::Sparse])
        .against(|call, at| {
            let [x, y, z] = call.extent().map(|extent| i32::from(extent > 1));
            let mut values = window(call, at, PerAxis { x, y, z });
            let others = values.iter().filter(|(_, offset)| *offset != [0; 3]).map(|(value, _)| *value);
            let brightest = others.fold(f32::NEG_INFINITY, f32::max);
            values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let median = values[values.len() / 2].0;
            if call.value(0, at) > call.f32("factor") * brightest { median } else { call.value(0, at) }
        })
        .run();
}

/// One pass per axis that is longer than 1, along x, then y, then z, each with a boundary of its own.
fn separable(call: &Call, weights: &PerAxis<Vec<f32>>) -> ArrayD<f32> {
    let mut image = call.array(0);
    let longer = call.extent().iter().any(|&extent| extent > 1);
    for (back, weights) in [&weights.x, &weights.y, &weights.z].into_iter().enumerate() {
        // Axes from the last; t and c come before z, and 2-D images have no z.
        let spatial = call.inputs()[0].axes().as_str().contains('z');
        if back == 2 && !spatial {
            continue;
        }
        let axis = image.ndim() - 1 - back;
        let extent = image.shape()[axis] as i64;
        if extent == 1 && (longer || back > 0) {
            continue;
        }
        let radius = weights.len() as i64 / 2;
        for mut line in image.lanes_mut(ArrayAxis(axis)) {
            let before = line.to_vec();
            for at in 0..extent {
                let tap = |index: usize| match call.boundary().index(at + index as i64 - radius, extent) {
                    Some(inside) => before[inside as usize],
                    // A voxel alone stands for all its neighbours.
                    None if extent == 1 => before[0],
                    None => 10.5,
                };
                let sum = |sum: f32, (index, weight): (usize, &f32)| weight.mul_add(tap(index), sum);
                line[at as usize] = weights.iter().enumerate().fold(0.0, sum);
            }
        }
    }
    image
}

#[test]
fn smoothing() {
    let radii = ["{}", r#"{"radius": [0, 3, 5]}"#];
    check(&savitzky_golay::INFO)
        .params(radii)
        .against_image(|call| separable(call, &savitzky_golay_weights(call.per_axis_u32("radius"))))
        .run();
    check(&binomial_blur::INFO)
        .params(radii)
        .against_image(|call| separable(call, &binomial_weights(call.per_axis_u32("radius"))))
        .run();
    check(&hann_blur::INFO)
        .params(radii)
        .against_image(|call| separable(call, &hann_weights(call.per_axis_u32("radius"))))
        .run();
    check(&lanczos_low_pass::INFO)
        .params(["{}", r#"{"period": [1, 2.5, 4], "lobes": 2}"#])
        .against_image(|call| separable(call, &lanczos_weights(call.per_axis_f32("period"), call.u32("lobes"))))
        .run();
}

#[test]
fn weights_are_those_of_the_books() {
    let five =
        |weights: PerAxis<Vec<f32>>, total: f32| weights.x.iter().map(|w| (w * total).round()).collect::<Vec<_>>();
    assert_eq!(five(savitzky_golay_weights(2.into()), 35.0), [-3.0, 12.0, 17.0, 12.0, -3.0]);
    assert_eq!(five(binomial_weights(2.into()), 16.0), [1.0, 4.0, 6.0, 4.0, 1.0]);
    assert_eq!(five(hann_weights(1.into()), 4.0), [1.0, 2.0, 1.0]);
    // A sinc whose zeros are the voxels: nothing is filtered.
    assert_eq!(five(lanczos_weights(1.0.into(), 3), 1000.0), [0.0, 0.0, 1000.0, 0.0, 0.0]);
}

#[test]
fn summary() {
    // Sums in another order than the plain ones here: a few units in the last place.
    check(&root_mean_square::INFO)
        .within(8)
        .against_number(|call| {
            let array = call.array(0);
            (array.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / array.len() as f64).sqrt()
        })
        .run();
    check(&geometric_mean::INFO)
        .values([Values::Labels])
        .within(8)
        .against_number(|call| {
            let array = call.array(0);
            let logarithms = array.iter().map(|&v| f64::from(v).ln()).sum::<f64>();
            (logarithms / array.len() as f64).exp()
        })
        .run();
    check(&zero_fraction::INFO)
        .values([Values::Sparse])
        .within(1)
        .against_number(|call| {
            let array = call.array(0);
            array.iter().filter(|&&v| v == 0.0).count() as f64 / array.len() as f64
        })
        .run();
    check(&non_finite_voxels::INFO)
        .values([Values::Special])
        .against_number(|call| call.array(0).iter().filter(|v| !v.is_finite()).count() as f64)
        .run();
    for projection in
        [&root_mean_square_z_projection::INFO, &zero_fraction_x_projection::INFO, &non_finite_y_projection::INFO]
    {
        check(projection).run();
    }
}

#[test]
fn counting() {
    check(&radial_profile::INFO).run();
    check(&occupied_box::INFO).values([Values::Sparse, Values::Special]).run();
    check(&label_surface::INFO).values([Values::Labels, Values::Sparse]).run();
    check(&joint_histogram::INFO)
        .params(["{}", r#"{"bins": 5, "low": -2, "high": 3}"#])
        .values([Values::Random, Values::Sparse])
        .against_image(|call| {
            let (bins, low, high) = (call.u32("bins") as usize, call.f32("low"), call.f32("high"));
            let mut counts = ArrayD::<f32>::zeros(IxDyn(&[bins, bins]));
            for at in call.voxels() {
                let bin = |input| ((call.value(input, at) - low) * (bins as f32 / (high - low))).floor();
                let (a, b) = (bin(0), bin(1));
                if a >= 0.0 && b >= 0.0 && a < bins as f32 && b < bins as f32 {
                    counts[[b as usize, a as usize]] += 1.0;
                }
            }
            counts
        })
        .run();
}

/// Linear interpolation in x and y at a place that may lie outside. Along an axis of extent 1 the coordinate does not count.
fn linear(call: &Call, at: Voxel, x: f64, y: f64) -> f64 {
    let [width, height, _] = call.extent();
    let (x, y) = (if width == 1 { 0.0 } else { x }, if height == 1 { 0.0 } else { y });
    let (left, top) = (x.floor(), y.floor());
    let near = |x: f64, y: f64| f64::from(call.near(0, at, [x as i32 - at.x, y as i32 - at.y, 0]));
    let between = |t: f64, a: f64, b: f64| if t == 0.0 { a } else { a + t * (b - a) };
    let row = |y: f64| if width == 1 { near(0.0, y) } else { between(x - left, near(left, y), near(left + 1.0, y)) };
    if height == 1 { row(0.0) } else { between(y - top, row(top), row(top + 1.0)) }
}

#[test]
fn geometry() {
    // Places that f32 holds exactly, and voxels that are small whole numbers: then the interpolation is exact, too.
    check(&slide_planes::INFO)
        .dtypes([DType::U8])
        .values([Values::Sparse])
        .params([r#"{"step_x": 0.5, "step_y": -0.25}"#])
        .against(|call, at| {
            let z = f64::from(at.z);
            linear(call, at, f64::from(at.x) - 0.5 * z, f64::from(at.y) + 0.25 * z)
        })
        .run();
    check(&radial_distortion::INFO).params([r#"{"strength": 0}"#]).against(|call, at| call.value(0, at)).run();
    check(&radial_distortion::INFO).params([r#"{"strength": -0.5}"#]).run();
    // A glass over the middle voxel alone.
    check(&magnifier::INFO)
        .params([r#"{"radius": 0.5, "power": 3}"#])
        .shapes([[3, 7, 9]])
        .against(|call, at| call.value(0, at))
        .run();
    check(&magnifier::INFO).params([r#"{"radius": 4.5, "power": 3}"#]).run();
    check(&unwrap_rings::INFO).params([r#"{"extent": [5, 4, 12]}"#]).shapes([[5, 7, 11], [5, 1, 3]]).run();
}

/// A bright ring becomes a bright row.
#[test]
fn rings_become_rows() -> kernwerk::Result<()> {
    let ring = ndarray::Array2::from_shape_fn((41, 41), |(y, x)| {
        let distance = (y as f32 - 20.0).hypot(x as f32 - 20.0);
        f32::from(u8::from((distance - 12.0).abs() < 1.5))
    });
    let image = Device::default()?.upload(ring.view())?;
    let unwrapped: ndarray::Array2<f32> = unwrap_rings(&image, PerAxis { x: 64, y: 20, z: 1 }).download()?;
    assert!(unwrapped.row(12).iter().all(|&value| value > 0.5));
    assert!(unwrapped.row(5).iter().chain(unwrapped.row(18)).all(|&value| value == 0.0));
    Ok(())
}

#[test]
fn traces() {
    // Along x, from the start to the end.
    let line = |call: &Call, at: Voxel| -> Vec<f32> { (0..=at.x).map(|x| call.value(0, Voxel { x, ..at })).collect() };
    let along_x = [r#"{"axis": "x"}"#];
    check(&exponential_average::INFO)
        .params(along_x)
        .against(|call, at| line(call, at).iter().fold(0.0, |average: f32, v| 0.25_f32.mul_add(v - average, average)))
        .run();
    check(&run_length::INFO)
        .params(along_x)
        .values([Values::Sparse])
        .against(|call, at| line(call, at).iter().rev().take_while(|&&v| v != 0.0).count() as u32)
        .run();
    check(&cumulative_trapezoid::INFO)
        .params(along_x)
        .against(|call, at| line(call, at).windows(2).fold(0.0, |area: f32, pair| area + 0.5 * (pair[0] + pair[1])))
        .run();
    check(&maximum_drawdown::INFO)
        .params(along_x)
        .against(|call, at| {
            let values = line(call, at);
            let drops = (0..values.len()).flat_map(|late| values[..=late].iter().map(move |early| (*early, late)));
            drops.map(|(early, late)| early - values[late]).fold(0.0, f32::max)
        })
        .run();
    for axis in ["y", "z"] {
        check(&exponential_average::INFO).params([format!(r#"{{"axis": "{axis}", "reverse": true}}"#)]).run();
    }
}
