//! Windows and lines, for every boundary mode, against loops over coordinates.

use super::*;
use crate::lang::cpu::WindowRow;
use crate::lang::{Line, Window};
use kernwerk_codegen::ir::{Radius, Shape};

const BOUNDARIES: [Boundary; 5] =
    [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(3.5)];
/// The last two are several tiles and several bands.
const EXTENTS: [[usize; 3]; 9] =
    [[1, 1, 1], [5, 1, 1], [7, 3, 1], [1, 1, 6], [13, 5, 3], [67, 2, 2], [131, 6, 5], [260, 33, 2], [33, 3, 40]];
const RADII: [[u32; 3]; 4] = [[1, 1, 1], [2, 0, 1], [0, 3, 0], [4, 9, 2]];

fn maximum<T: Pixel>(row: &mut WindowRow<'_>) {
    let stage = row.stage_max::<T>(0);
    row.map_windows(|_: Window<'_, T>, x| stage[x]);
}

fn minimum<T: Pixel>(row: &mut WindowRow<'_>) {
    let stage = row.stage_min::<T>(0);
    row.map_windows(|_: Window<'_, T>, x| stage[x]);
}

fn median<T: Pixel>(row: &mut WindowRow<'_>) {
    let stage = row.stage_median::<T>(0);
    row.map_windows(|_: Window<'_, T>, x| stage[x]);
}

fn sum_over_count(row: &mut WindowRow<'_>) {
    let (sum, count) = (row.stage_sum(0), row.stage_count(0));
    row.map_windows(|_: Window<'_, f32>, x| sum[x] / count[x]);
}

/// The voxels of a window in raster order.
fn naive<T: Pixel>(image: &[T], extent: [usize; 3], boundary: Boundary, chords: &Chords, at_voxel: [i64; 3]) -> Vec<T> {
    let [rx, ry, rz] = chords.radius.map(i64::from);
    let mut values = Vec::new();
    for dz in -rz..=rz {
        for dy in -ry..=ry {
            let half = chords.half[((dz + rz) * (2 * ry + 1) + dy + ry) as usize];
            let rx = if chords.shape == Shape::Line { rx } else { i64::from(half) };
            for dx in -rx..=rx {
                let [x, y, z] = at_voxel;
                values.push(super::at(image, extent, boundary, [x + dx, y + dy, z + dz]));
            }
        }
    }
    values
}

fn coordinates(extent: [usize; 3]) -> impl Iterator<Item = [i64; 3]> {
    let [x, y, z] = extent.map(|extent| extent as i64);
    (0..z).flat_map(move |z| (0..y).flat_map(move |y| (0..x).map(move |x| [x, y, z])))
}

fn compute<T: Pixel, O: Pixel>(
    kernel: fn(&mut WindowRow<'_>),
    image: &[T],
    chords: &Arc<Chords>,
    geometry: Geometry,
    boundary: Boundary,
) -> Vec<O> {
    let windows = vec![ir::Window { input: 0, shape: chords.shape, radius: Radius::Param { param: 0 } }];
    let op = operation(Class::Neighborhood, CpuKernel::Neighborhood(kernel), 1, windows, 0);
    let (arguments, memory) = (Arguments::default(), uploaded(image));
    let output = Cpu::new().allocate(geometry.voxels() * size_of::<O>()).unwrap();
    let launch = Launch {
        inputs: &[operand::<T>(&*memory)],
        outputs: &[operand::<O>(&*output)],
        pixel: T::DTYPE,
        boundary,
        windows: std::slice::from_ref(chords),
        ..launch(op, Role::Whole, geometry, &arguments)
    };
    Cpu::new().run(&launch).unwrap();
    downloaded(&*output)
}

fn check<T: Pixel>(kernel: fn(&mut WindowRow<'_>), expected: impl Fn(Vec<T>) -> T) {
    for extent in EXTENTS {
        let image = noise::<T>(extent.iter().product());
        // The widest window is for images that it covers many times over; elsewhere it would only take time.
        let small = image.len() < 300;
        for &radius in &RADII[..if small { 4 } else { 3 }] {
            for (shape, boundary) in [Shape::Cuboid, Shape::Ellipsoid, Shape::Diamond]
                .into_iter()
                .zip(BOUNDARIES)
                .chain([(Shape::Cuboid, Boundary::Wrap), (Shape::Ellipsoid, BOUNDARIES[4])])
            {
                let chords = window(shape, radius, extent);
                let voxels = coordinates(extent).map(|at| expected(naive(&image, extent, boundary, &chords, at)));
                let found = compute::<T, T>(kernel, &image, &chords, Geometry::whole(extent, 1), boundary);
                assert_eq!(
                    bits(&found),
                    bits(&voxels.collect::<Vec<_>>()),
                    "{extent:?} {radius:?} {shape:?} {boundary}"
                );
            }
        }
    }
}

fn sorted<T: Pixel>(mut values: Vec<T>) -> Vec<T> {
    values.sort_by_key(|value| value.key());
    values.into_iter().map(|value| T::from_key(value.key())).collect()
}

#[test]
fn extrema_follow_the_sort_order() {
    check::<f32>(maximum::<f32>, |values| *sorted(values).last().unwrap());
    check::<f32>(minimum::<f32>, |values| sorted(values)[0]);
    check::<u8>(maximum::<u8>, |values| *sorted(values).last().unwrap());
    check::<i16>(minimum::<i16>, |values| sorted(values)[0]);
}

#[test]
fn medians_have_rank_half_of_count() {
    check::<f32>(median::<f32>, |values| sorted(values.clone())[values.len() / 2]);
    check::<u8>(median::<u8>, |values| sorted(values.clone())[values.len() / 2]);
    check::<i16>(median::<i16>, |values| sorted(values.clone())[values.len() / 2]);
}

#[test]
fn sums_are_in_raster_order() {
    let canonical = |value: f32| if value.is_nan() { f32::NAN } else { value };
    check::<f32>(sum_over_count, |values| {
        canonical(values.iter().fold(0.0, |sum: f32, value| sum + value) / values.len() as f32)
    });
}

#[test]
fn the_reducers_of_a_window_agree_with_the_stages() {
    fn by_body(row: &mut WindowRow<'_>) {
        let stages = (row.stage_max::<f32>(0), row.stage_min::<f32>(0), row.stage_median::<f32>(0), row.stage_sum(0));
        row.map_windows(|w: Window<'_, f32>, x| {
            let neighbors = w.ellipsoid(PerAxis::xyz(2, 1, 1));
            let mut offsets = 0;
            for ((dx, dy, dz), value) in neighbors.offsets().zip(neighbors) {
                offsets += i32::from(w.at(dx, dy, dz).to_bits() == value.to_bits());
            }
            let same = |a: f32, b: f32| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            same(stages.0[x], neighbors.max())
                && same(stages.1[x], neighbors.min())
                && same(stages.2[x], neighbors.median())
                && same(stages.3[x], neighbors.sum())
                && offsets as f32 == neighbors.count()
                && w.contains(1, 0, 0) == (w.x() + 1 < w.extent_x())
        });
    }
    for extent in EXTENTS {
        let image = noise::<f32>(extent.iter().product());
        let chords = window(Shape::Ellipsoid, [2, 1, 1], extent);
        let found = compute::<f32, u8>(by_body, &image, &chords, Geometry::whole(extent, 1), Boundary::Mirror);
        assert!(found.iter().all(|&same| same == 1), "{extent:?}");
    }
}

#[test]
fn a_region_is_part_of_the_whole() {
    let (extent, radius) = ([23, 17, 9], [3u32, 2, 1]);
    let image = noise::<f32>(extent.iter().product());
    let chords = window(Shape::Ellipsoid, radius, extent);
    for boundary in BOUNDARIES {
        let whole: Vec<f32> = compute(median::<f32>, &image, &chords, Geometry::whole(extent, 1), boundary);
        let (origin, region) = ([5, 4, 2], [11, 8, 5]);
        let source: [usize; 3] = std::array::from_fn(|axis| origin[axis] - radius[axis] as usize);
        let source_extent: [usize; 3] = std::array::from_fn(|axis| region[axis] + 2 * radius[axis] as usize);
        let part = |from: [usize; 3], extent_of_part: [usize; 3], image: &[f32]| -> Vec<f32> {
            let inside = coordinates(extent_of_part).map(|at| at.map(|at| at as usize));
            inside.map(|[x, y, z]| image[((z + from[2]) * extent[1] + y + from[1]) * extent[0] + x + from[0]]).collect()
        };
        let geometry = Geometry { global: extent, batch: 1, origin, extent: region, source, source_extent };
        let tile = part(source, source_extent, &image);
        let found: Vec<f32> = compute(median::<f32>, &tile, &chords, geometry, boundary);
        assert_eq!(bits(&found), bits(&part(origin, region, &whole)));
    }
}

#[test]
fn images_of_a_batch_do_not_see_each_other() {
    let extent = [9, 4, 3];
    let image = noise::<u8>(2 * extent.iter().product::<usize>());
    let chords = window(Shape::Cuboid, [1, 1, 1], extent);
    let both: Vec<u8> = compute(maximum::<u8>, &image, &chords, Geometry::whole(extent, 2), Boundary::Nearest);
    let (first, second) = image.split_at(image.len() / 2);
    let one = |image| compute::<u8, u8>(maximum::<u8>, image, &chords, Geometry::whole(extent, 1), Boundary::Nearest);
    assert_eq!(both, [one(first), one(second)].concat());
}

#[test]
fn weighted_sums_are_chains_of_mul_add() {
    fn blur(row: &mut WindowRow<'_>) {
        let stage = row.stage_weighted_sum(0);
        row.map_lines(|_: Line<'_, f32>, x| stage[x]);
    }
    fn by_body(row: &mut WindowRow<'_>) {
        let axis = [vec![0.25, 0.5, 0.125], vec![0.1; 11], vec![0.3, 0.2, 0.1, 0.7, 0.9]];
        let weights = per_axis(axis);
        row.map_lines(|line: Line<'_, f32>, _| line.weighted_sum((*weights).clone()));
    }
    let weights = per_axis([vec![0.25, 0.5, 0.125], vec![0.1; 11], vec![0.3, 0.2, 0.1, 0.7, 0.9]]);
    for extent in EXTENTS {
        let image = noise::<f32>(extent.iter().product());
        for axis in Axis::ALL.into_iter().filter(|axis| extent[axis.index()] > 1) {
            let kernels: [fn(&mut WindowRow<'_>); 2] = [blur, by_body];
            for (kernel, boundary) in
                kernels.into_iter().flat_map(|kernel| BOUNDARIES.map(|boundary| (kernel, boundary)))
            {
                let radius = (weights[axis].len() / 2) as i64;
                let expected: Vec<_> = coordinates(extent)
                    .map(|mut at| {
                        at[axis.index()] -= radius;
                        let sum = weights[axis].iter().fold(0.0, |sum, weight| {
                            let voxel = super::at(&image, extent, boundary, at);
                            at[axis.index()] += 1;
                            weight.mul_add(voxel, sum)
                        });
                        if sum.is_nan() { f32::NAN } else { sum }
                    })
                    .collect();
                let op = operation(Class::Separable, CpuKernel::Line(kernel), 1, vec![], 1);
                let (memory, arguments) = (uploaded(&image), Arguments::default());
                let output = uploaded(&vec![0f32; image.len()]);
                let launch = Launch {
                    axis,
                    inputs: &[operand::<f32>(&*memory)],
                    outputs: &[operand::<f32>(&*output)],
                    boundary,
                    weights: std::slice::from_ref(&weights),
                    ..launch(op, Role::Pass, Geometry::whole(extent, 1), &arguments)
                };
                Cpu::new().run(&launch).unwrap();
                assert_eq!(bits(&downloaded::<f32>(&*output)), bits(&expected), "{extent:?} {axis:?} {boundary}");
            }
        }
    }
}

#[test]
fn line_windows_extend_along_the_axis_of_the_pass() {
    fn largest(row: &mut WindowRow<'_>) {
        let stage = row.stage_max::<u16>(0);
        row.map_lines(|line: Line<'_, u16>, x| if line.window(2).max() == stage[x] { stage[x] } else { 0 });
    }
    let extent = [11, 7, 6];
    let image = noise::<u16>(extent.iter().product());
    for axis in Axis::ALL {
        let windows = vec![ir::Window { input: 0, shape: Shape::Line, radius: Radius::Fixed { voxels: 2 } }];
        let mut op = operation(Class::Separable, CpuKernel::Line(largest), 1, windows.clone(), 0);
        if axis == Axis::Y {
            let windows = vec![ir::Window { radius: Radius::Param { param: 0 }, ..windows[0] }];
            op = operation(Class::Separable, CpuKernel::Line(largest), 1, windows, 0);
        }
        let (memory, arguments) = (uploaded(&image), Arguments::default());
        let output = uploaded(&vec![0u16; image.len()]);
        let launch = Launch {
            axis,
            inputs: &[operand::<u16>(&*memory)],
            outputs: &[operand::<u16>(&*output)],
            pixel: DType::U16,
            boundary: Boundary::Reflect,
            windows: &[window(Shape::Line, [2; 3], extent)],
            ..launch(op, Role::Pass, Geometry::whole(extent, 1), &arguments)
        };
        Cpu::new().run(&launch).unwrap();
        let expected: Vec<_> = coordinates(extent)
            .map(|at| {
                let voxel = |d| {
                    let mut at = at;
                    at[axis.index()] += d;
                    super::at(&image, extent, Boundary::Reflect, at)
                };
                (-2..=2).map(voxel).max().unwrap()
            })
            .collect();
        assert_eq!(downloaded::<u16>(&*output), expected, "{axis:?}");
    }
}

#[test]
#[cfg(debug_assertions)]
fn reading_beyond_the_halo_is_an_error() {
    fn far(row: &mut WindowRow<'_>) {
        row.map_windows(|w: Window<'_, f32>, _| w.at(0, 3, 0));
    }
    let (op, arguments) =
        (operation(Class::Neighborhood, CpuKernel::Neighborhood(far), 1, vec![], 0), Arguments::default());
    let (memory, output) = (uploaded(&[1f32; 8]), uploaded(&[0f32; 8]));
    let mut launch = launch(op, Role::Whole, Geometry::whole([2, 2, 2], 1), &arguments);
    let inputs = [operand::<f32>(&*memory)];
    launch.inputs = &inputs;
    let outputs = [operand::<f32>(&*output)];
    launch.outputs = &outputs;
    let error = Cpu::new().run(&launch).unwrap_err().to_string();
    assert!(error.contains("`test` failed: the body reads the neighbour at [0, 3, 0]"), "{error}");
}
