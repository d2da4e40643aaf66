//! Whole expressions, on every device of the machine: results are compared with loops, and with `==`.

use std::sync::Mutex;

use kernwerk_macros::gpu_op;
use ndarray::{Array2, Array3, ArrayD, Axis as NdAxis, Dimension, IxDyn, arr2, s};

use crate::lang::{Global, Item, Line, PerAxis, Pixel, Position, Read, Reduction, Sampler, Window};
use crate::operators::{add_images, convert};
use crate::{
    AnyExpr, AnyImage, Arguments, Axes, Axis, Boundary, Context, DType, Device, Domain, Element, Error, Expr, Image,
    IntoExpr, LabelBox, LabelBoxes, Result, Table, Value,
};

/// The left neighbour.
#[gpu_op(neighborhood, family = "test")]
pub(crate) fn left<T: Pixel>(w: Window<T>) -> T {
    w.at(-1, 0, 0)
}

/// The largest value in an ellipsoid.
#[gpu_op(neighborhood, family = "test")]
pub(crate) fn largest<T: Pixel>(w: Window<T>, radius: PerAxis<u32>) -> T {
    w.ellipsoid(radius).max()
}

/// The median of a box.
#[gpu_op(neighborhood, family = "test")]
pub(crate) fn middle(w: Window<f32>, radius: PerAxis<u32>) -> f32 {
    w.cuboid(radius).median()
}

/// Twice the weighted sum along each axis.
#[gpu_op(neighborhood(separable), family = "test")]
pub(crate) fn smooth(line: Line<f32>, #[param(default = 1.0, range = 0.0..)] sigma: PerAxis<f32>) -> f32 {
    line.weighted_sum(weights_of(sigma))
}

/// 1, 2, 1 with 2 in the centre where sigma is not 0: along an axis of extent 1 they would show.
fn weights_of(sigma: PerAxis<f32>) -> PerAxis<Vec<f32>> {
    sigma.map(|sigma| if sigma > 0.0 { vec![1.0, 2.0, 1.0] } else { vec![2.0] })
}

/// The pixel plus a number.
#[gpu_op(pointwise, family = "test")]
pub(crate) fn shifted(pixel: f32, #[param(default = 0.0)] by: f32) -> f32 {
    pixel + by
}

/// The pixel, or a constant where it is smaller.
#[gpu_op(pointwise, family = "test")]
pub(crate) fn at_least<T: Pixel>(pixel: T, #[param(default = 0)] low: T) -> T {
    if pixel < low { low } else { pixel }
}

struct Adding;

/// Sum of the voxels.
#[gpu_op(reduction, family = "test", whole = "total", projection = "total_{axis}")]
impl Reduction<f32> for Adding {
    type State = f32;
    type Output = f32;
    fn identity() -> f32 {
        0.0
    }
    fn step(state: f32, pixel: f32, _at: Position) -> f32 {
        state + pixel
    }
    fn merge(a: f32, b: f32) -> f32 {
        a + b
    }
    fn finish(state: f32, _count: f32) -> f32 {
        state
    }
}

/// Adds the left neighbours of two images; the second keeps its own boundary.
#[gpu_op(composite, family = "test")]
pub(crate) fn left_of_both(first: AnyExpr, second: AnyExpr) -> Expr<f32> {
    add_images(left(first), left(second).boundary(Boundary::Constant(100.0)))
}

/// Counts how often each value occurs.
#[gpu_op(grid)]
fn count_values(item: Item, image: Read<u32>, counts: Global<u32>) {
    let value = image.get(item.index());
    counts.fetch_add(value as usize, 1);
}

/// A table of how often each value below `bins` occurs.
#[gpu_op(procedure, family = "test")]
pub(crate) fn occurrences(context: &Context, image: AnyImage, bins: u32) -> Result<Table> {
    let counts = context.buffer::<u32>(bins as usize)?;
    count_values(context, Domain::of(&image), &image, &counts)?;
    let counts = counts.download()?;
    let values: Vec<i64> = (0..i64::from(bins)).collect();
    Table::new()
        .with_column("value", values)?
        .with_column("count", counts.into_iter().map(i64::from).collect::<Vec<_>>())
}

fn devices() -> Vec<Device> {
    let gpus = ["cuda", "opencl"].into_iter().filter_map(|backend| Device::open(backend, None).ok());
    [Device::cpu()].into_iter().chain(gpus).collect()
}

fn ramp(shape: &[usize]) -> ArrayD<f32> {
    let count = shape.iter().product::<usize>();
    ArrayD::from_shape_fn(IxDyn(shape), |at| {
        let index = at.slice().iter().zip(shape).fold(0, |index, (&at, &extent)| index * extent + at);
        (index * 7919 % count.max(1)) as f32
    })
}

#[test]
fn views_of_any_layout_arrive_as_they_look() {
    let full = ramp(&[4, 5, 6]).into_dimensionality::<ndarray::Ix3>().unwrap();
    for device in devices() {
        for view in [full.view(), full.slice(s![..;2, 1..;3, ..;-1]), full.view().reversed_axes()] {
            let image = device.upload(view).unwrap();
            assert_eq!(image.download::<ndarray::Ix3>().unwrap(), view, "{device}");
            assert_eq!(image.axes().as_str(), "zyx");
        }
        let picture = device.upload(full.index_axis(NdAxis(0), 1)).unwrap();
        assert_eq!(picture.axes().as_str(), "yx");
        assert!(matches!(picture.download::<ndarray::Ix3>(), Err(Error::Shape { .. })));
        let movie = device.upload_with_axes(full.view(), Axes::new("tyx").unwrap()).unwrap();
        assert_eq!((movie.any().batch(), movie.any().spatial()), (4, [6, 5, 1]));
        let host = movie.download_host().unwrap();
        assert_eq!(device.upload_host(&host).unwrap().download_host().unwrap(), host);
        assert!(matches!(device.upload(Array2::<u8>::zeros((0, 3)).view()), Err(Error::Shape { .. })));
        assert!(matches!(device.upload(ndarray::arr1(&[1u8]).view()), Err(Error::Shape { .. })));
    }
}

#[test]
fn shared_nodes_run_once_and_results_can_be_written_in_place() {
    let picture = arr2(&[[1f32, 2.0], [3.0, 4.0]]);
    for device in devices() {
        let image = device.upload(picture.view()).unwrap();
        let sum = add_images(&image, &image);
        let four = add_images(&sum, &sum);
        assert_eq!(four.download::<ndarray::Ix2>().unwrap(), &picture * 4.0, "{device}");
        let target = device.upload(Array2::<f32>::zeros((2, 2)).view()).unwrap();
        four.eval_into(&target).unwrap();
        assert_eq!(target.download::<ndarray::Ix2>().unwrap(), &picture * 4.0);
        // The target is read, also by a window: the result must be that of a separate image.
        left(&target).eval_into(&target).unwrap();
        assert_eq!(target.download::<ndarray::Ix2>().unwrap(), arr2(&[[4f32, 4.0], [12.0, 12.0]]));
        let other = device.upload(Array2::<f32>::zeros((2, 3)).view()).unwrap();
        assert!(matches!(four.eval_into(&other), Err(Error::Shape { .. })));
        let bytes = sum.store_as::<u8>().eval().unwrap();
        assert_eq!(bytes.download::<ndarray::Ix2>().unwrap(), arr2(&[[2u8, 4], [6, 8]]));
    }
}

#[test]
fn windows_see_no_neighbours_along_axes_of_extent_1() {
    let full = ramp(&[3, 7, 9]).into_dimensionality::<ndarray::Ix3>().unwrap();
    for device in devices() {
        let stack = device.upload(full.view()).unwrap();
        let largest_3d: Array3<f32> = largest(&stack, 1).download().unwrap();
        let at = |z: isize, y: isize, x: isize| {
            full[[z.clamp(0, 2) as usize, y.clamp(0, 6) as usize, x.clamp(0, 8) as usize]]
        };
        for ((z, y, x), &found) in largest_3d.indexed_iter() {
            let (z, y, x) = (z as isize, y as isize, x as isize);
            let neighbours = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1), (0, 0, 0)];
            let expected = neighbours.map(|(dz, dy, dx)| at(z + dz, y + dy, x + dx)).into_iter().fold(0.0, f32::max);
            assert_eq!(found, expected, "{device}");
        }
        let picture = device.upload(full.index_axis(NdAxis(0), 1)).unwrap();
        // 3 × 3 voxels, not 27, and a radius beyond the image.
        let median: Array2<f32> = middle(&picture, PerAxis::xyz(1, 1, 5)).download().unwrap();
        let mut window: Vec<f32> =
            (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))).map(|(dy, dx)| at(1, 3 + dy, 4 + dx)).collect();
        window.sort_by(f32::total_cmp);
        assert_eq!(median[[3, 4]], window[4], "{device}");
    }
}

#[test]
fn separable_operations_pass_along_axes_that_have_neighbours() {
    let spike = |shape: &[usize]| {
        let mut spike = ArrayD::<f32>::zeros(IxDyn(shape));
        spike[IxDyn(&shape.iter().map(|extent| extent / 2).collect::<Vec<_>>())] = 1.0;
        spike
    };
    for device in devices() {
        let run = |shape: &[usize], sigma: PerAxis<f32>| {
            let image = device.upload(spike(shape).view()).unwrap();
            smooth(&image, sigma).download::<IxDyn>().unwrap()
        };
        let all = PerAxis::xyz(1.0, 1.0, 1.0);
        assert_eq!(run(&[3, 3, 3], all).iter().sum::<f32>(), 64.0, "{device}");
        assert_eq!(run(&[3, 3], all).iter().sum::<f32>(), 16.0);
        assert_eq!(run(&[3, 1], all).iter().copied().collect::<Vec<_>>(), [1.0, 2.0, 1.0]);
        assert_eq!(run(&[1, 1], PerAxis::xyz(0.0, 0.0, 0.0)).iter().copied().collect::<Vec<_>>(), [2.0]);
        // Weights of length 1 count too.
        assert_eq!(run(&[1, 3, 3], PerAxis::xyz(1.0, 0.0, 0.0)).iter().sum::<f32>(), 8.0);
        let image = device.upload(spike(&[3, 3]).view()).unwrap();
        let bytes: Array2<u8> = smooth(&image, 1.0).store_as::<u8>().download().unwrap();
        assert_eq!(bytes, arr2(&[[1u8, 2, 1], [2, 4, 2], [1, 2, 1]]));
    }
}

#[test]
fn reductions_are_the_same_on_every_device() {
    let shapes: [&[usize]; 5] = [&[5, 6, 7], &[3, 5000], &[1, 1], &[2, 3, 4, 9], &[2, 1, 1, 70, 5]];
    for shape in shapes {
        let full = ramp(shape).mapv(|value| value * 0.1);
        let results: Vec<_> = devices()
            .into_iter()
            .map(|device| {
                let image = device.upload(full.view()).unwrap();
                let along = |expr: Expr<f32>| expr.download::<IxDyn>().unwrap();
                let whole = total(&image).eval().unwrap();
                (whole, along(total_x(&image)), along(total_y(&image)), along(total_z(&image)))
            })
            .collect();
        for other in &results[1..] {
            assert_eq!(other, &results[0], "{shape:?}");
        }
        let (whole, x, y, z) = &results[0];
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-4 * b.abs().max(1.0);
        assert!(close(*whole, full.iter().map(|&value| f64::from(value)).sum()));
        let last = shape.len() - 1;
        let flat = |array: ArrayD<f32>| array.iter().copied().collect::<Vec<_>>();
        let projections = [(x, last), (y, last - 1)].into_iter().chain((last > 1).then(|| (z, last - 2)));
        for (found, axis) in projections {
            let expected = flat(full.sum_axis(NdAxis(axis)));
            assert_eq!(found.len(), expected.len());
            assert!(flat(found.clone()).iter().zip(&expected).all(|(&a, &b)| close(a.into(), b.into())), "{shape:?}");
        }
        if shape.len() == 2 {
            assert_eq!((y.shape(), x.shape()), (&[1, shape[1]][..], &[shape[0], 1][..]));
        }
    }
}

#[test]
fn composites_pass_their_boundary_on() {
    let picture = arr2(&[[1f32, 2.0, 4.0]]);
    for device in devices() {
        let image = device.upload(picture.view()).unwrap();
        let run = |expr: Expr<f32>| expr.download::<ndarray::Ix2>().unwrap();
        assert_eq!(run(left_of_both(&image, &image)), arr2(&[[101f32, 2.0, 4.0]]), "{device}");
        let zero = Boundary::Constant(0.0);
        assert_eq!(run(left_of_both(&image, &image).boundary(zero)), arr2(&[[100f32, 2.0, 4.0]]));
        // An input that was built outside keeps its own.
        let outside = left(&image);
        assert_eq!(run(left_of_both(&outside, &image).boundary(zero)), arr2(&[[100f32, 2.0, 3.0]]));
    }
}

#[test]
fn procedures_count_with_grid_kernels() {
    let picture = arr2(&[[1u16, 0, 1], [3, 1, 0]]);
    for device in devices() {
        let image = device.upload(picture.view()).unwrap();
        let table = occurrences(&image, 4).eval().unwrap();
        assert_eq!(table.integers("count"), Some(&[2i64, 3, 0, 1][..]), "{device}");
    }
}

#[test]
fn labels_are_reduced_within_their_boxes() {
    let labels = arr2(&[[1u32, 1, 0, 2], [1, 3, 3, 2]]);
    let values = arr2(&[[1f32, 2.0, 4.0, 8.0], [16.0, 32.0, 64.0, 128.0]]);
    let label_box = |label, min: [u32; 2], max: [u32; 2]| LabelBox {
        label,
        min: [min[0], min[1], 0],
        max: [max[0], max[1], 0],
        batch: [0, 0],
    };
    let boxes = vec![
        label_box(2, [3, 0], [3, 1]),
        label_box(9, [1, 1], [0, 0]),
        label_box(1, [0, 0], [1, 1]),
        label_box(3, [1, 1], [2, 1]),
    ];
    for device in devices() {
        let (labels, image) = (device.upload(labels.view()).unwrap(), device.upload(values.view()).unwrap());
        let context = Context::new("test", device.clone(), Boundary::Nearest);
        let reduce = |boxes: Vec<LabelBox>| {
            context.reduce_labels(total_kernel(), labels.any(), image.any(), &LabelBoxes { boxes })
        };
        let sums: Vec<f32> = reduce(boxes.clone()).unwrap().iter().map(|state| f32::from_bits(state[0])).collect();
        assert_eq!(sums, [136.0, 0.0, 19.0, 96.0], "{device}");
        assert!(matches!(reduce(vec![label_box(1, [0, 0], [4, 0])]), Err(Error::Shape { .. })));
    }
}

fn total_kernel() -> &'static crate::KernelOp {
    match total::INFO.kind {
        crate::OpKind::ReduceWhole(kernel) => kernel,
        _ => unreachable!("`total` reduces"),
    }
}

#[test]
fn mistakes_are_typed_errors_that_name_the_operation() {
    let device = Device::cpu();
    let picture = device.upload(arr2(&[[1u8, 2], [3, 4]]).view()).unwrap();
    let wide = device.upload(Array2::<u8>::zeros((2, 3)).view()).unwrap();
    let message = |expr: Expr<f32>| expr.eval().unwrap_err().to_string();
    assert_eq!(
        message(add_images(&picture, &wide)),
        "add_images: `image1` has the shape [2, 2] (yx), but `image2` has the shape [2, 3] (yx); give images of the same \
         shape"
    );
    assert!(message(smooth(&picture, -1.0)).starts_with("smooth: parameter `sigma` is "));
    assert!(message(smooth(&picture, f32::NAN)).contains("finite"));
    assert!(message(shifted(&picture, 1.0).with("buy", 2.0)).contains("no parameter `buy`"));
    assert!(message(smooth(&picture, 1.0).with("sigma", "[1, 2]")).contains("three: z, y, x"));
    let too_large = at_least(&picture, 300).eval().unwrap_err().to_string();
    assert!(too_large.contains("u8, which cannot hold that value"), "{too_large}");
    let round = largest(&picture, 2000).eval().unwrap_err().to_string();
    assert!(round.starts_with("largest: parameter `radius` is [0, 2000, 2000], but windows"), "{round}");
    let stored = largest(&picture, 1).store_as::<u16>().eval().unwrap_err().to_string();
    assert!(stored.contains("convert"), "{stored}");
    let wrong: Result<Image<u16>> = largest(&picture, 1).into_any().typed().eval();
    assert!(matches!(wrong, Err(Error::Type { .. })));
    assert!(matches!(total(&picture).into_any().eval_image(), Err(Error::Unsupported { .. })));
    assert!(matches!(crate::apply(&add_images::INFO, vec![], vec![]).eval(), Err(Error::Unsupported { .. })));
    for other in devices().into_iter().filter(|other| *other != device) {
        let there = other.upload(arr2(&[[1u8, 2], [3, 4]]).view()).unwrap();
        assert!(matches!(add_images(&picture, &there).eval(), Err(Error::DeviceMismatch { .. })));
    }
}

#[test]
fn a_mistake_at_the_end_is_found_before_anything_runs() {
    static RUNS: Mutex<u32> = Mutex::new(0);
    fn counting(_: &Context, inputs: &[AnyImage], _: &Arguments) -> Result<crate::Pending<crate::Outcome>> {
        *RUNS.lock().unwrap() += 1;
        Ok(crate::Pending::ready(crate::Outcome::Image(inputs[0].clone())))
    }
    static COUNTING: crate::OpInfo =
        crate::OpInfo { name: "counting", kind: crate::OpKind::Procedure(counting), params: &[], aliases: &[], ..BASE };
    const BASE: crate::OpInfo = crate::OpInfo {
        name: "base",
        aliases: &[],
        family: "test",
        doc: "",
        source: "",
        inputs: &[crate::InputInfo::new("image", kernwerk_codegen::ir::Type::Pixel)],
        params: &[],
        output: crate::OutputInfo::Image(kernwerk_codegen::ir::Type::Pixel),
        kind: crate::OpKind::Procedure(counting),
    };
    let image = Device::cpu().upload(arr2(&[[1f32]]).view()).unwrap();
    let counted = crate::apply(&COUNTING, vec![image.into_expr().into_any()], vec![]);
    assert!(smooth(&counted, -1.0).eval().is_err());
    assert_eq!(*RUNS.lock().unwrap(), 0);
    let twice = add_images(&counted, &counted).eval().unwrap();
    assert_eq!((*RUNS.lock().unwrap(), twice.download::<ndarray::Ix2>().unwrap()), (1, arr2(&[[2f32]])));
}

#[test]
fn long_chains_need_no_deep_stack() {
    let image = Device::cpu().upload(arr2(&[[0f32]]).view()).unwrap();
    let chain = (0..20_000).fold((&image).into_expr(), |expr, _| shifted(expr, 1.0));
    assert_eq!(chain.download::<ndarray::Ix2>().unwrap(), arr2(&[[20_000f32]]));
}

#[test]
fn intermediates_are_dropped_after_their_last_use() {
    let device = Device::from_backend(std::sync::Arc::new(crate::backend::cpu::Cpu::new()));
    let image = device.upload(Array2::<f32>::zeros((64, 64)).view()).unwrap();
    let chain = (0..10).fold((&image).into_expr(), |expr, _| smooth(expr, 1.0));
    chain.eval().unwrap();
    let one = 64 * 64 * 4;
    let memory = device.memory();
    assert_eq!((memory.in_use, memory.peak), (one, 3 * one));
}

/// The sum, and whether it is large.
#[gpu_op(pointwise, family = "test")]
fn sum_and_flag(image: f32, #[param(default = 1.0)] addend: f32) -> (f32, bool) {
    let sum = image + addend;
    (sum, sum > 2.0)
}

/// The smallest and the largest neighbour along x, and the voxel itself.
#[gpu_op(neighborhood, family = "test")]
fn extremes<T: Pixel>(w: Window<T>) -> (T, T, f32) {
    if w.x() < 0 {
        return (w.center(), w.center(), 0.0);
    }
    (w.cuboid(1).min(), w.cuboid(1).max(), w.x() as f32)
}

#[test]
fn several_results_are_computed_by_one_launch() {
    for device in devices() {
        let image = device.upload(arr2(&[[0u8, 1, 2], [3, 4, 250]]).view()).unwrap();
        let (sum, flag) = sum_and_flag(&image, 1.5);
        assert_eq!(sum.download::<ndarray::Ix2>().unwrap(), arr2(&[[1.5, 2.5, 3.5], [4.5, 5.5, 251.5]]));
        assert_eq!(flag.download::<ndarray::Ix2>().unwrap(), arr2(&[[0, 1, 1], [1, 1, 1]]));
        // One call, however its parts are used: with another type, another boundary, or changed one by one.
        let both = add_images(&sum, sum_and_flag(&image, 1.5).1.boundary(Boundary::Wrap));
        assert_eq!(both.clone().explain().unwrap().matches("launch of sum_and_flag").count(), 2);
        let (sum, flag) = (sum.with("addend", 2.0).boundary(Boundary::Wrap), flag.with("addend", 2.0));
        let small = add_images(sum.clone().store_as::<u8>(), flag.clone().boundary(Boundary::Wrap));
        assert_eq!(small.explain().unwrap().matches("launch of sum_and_flag").count(), 1);
        assert_eq!(small.download::<ndarray::Ix2>().unwrap(), arr2(&[[2f32, 4., 5.], [6., 7., 253.]]));
        // A result in two types takes two launches, and both are right.
        let (sum, _) = sum_and_flag(&image, 2.25);
        for twice in [add_images(&sum, sum.clone().store_as::<u8>()), add_images(sum.clone().store_as::<u8>(), &sum)] {
            assert_eq!(twice.explain().unwrap().matches("launch of sum_and_flag").count(), 2);
            assert_eq!(
                twice.download::<ndarray::Ix2>().unwrap(),
                arr2(&[[4.25f32, 6.25, 8.25], [10.25, 12.25, 504.25]])
            );
        }

        let (least, most, x) = extremes(&image);
        let range = crate::operators::subtract_images(&most, &least);
        assert_eq!(range.download::<ndarray::Ix2>().unwrap(), arr2(&[[4f32, 250., 249.], [4., 250., 249.]]));
        assert_eq!(x.store_as::<u16>().download::<ndarray::Ix2>().unwrap(), arr2(&[[0u16, 1, 2], [0, 1, 2]]));
        let target = device.upload(arr2(&[[9u8, 9, 9], [9, 9, 9]]).view()).unwrap();
        most.eval_into(&target).unwrap();
        assert_eq!(target.download::<ndarray::Ix2>().unwrap(), arr2(&[[4u8, 250, 250], [4, 250, 250]]));
        let all = crate::apply(&extremes::INFO, vec![image.into_expr().into_any()], vec![]).eval().unwrap();
        assert!(matches!(all, crate::Outcome::Images(images) if images.len() == 3));
    }
}

/// The blurred image, what the blur removes, and the image itself.
#[gpu_op(composite, family = "test")]
fn halves(image: AnyExpr, #[param(default = 1.0)] sigma: PerAxis<f32>) -> (Expr<f32>, Expr<f32>, AnyExpr) {
    let smooth = smooth(&image, sigma);
    (smooth.clone(), crate::operators::subtract_images(&image, smooth), image)
}

/// Two of the images that `extremes` gives, in another order; an error where the sum is asked for.
#[gpu_op(composite, family = "test")]
fn reordered<T: Element>(image: Expr<T>, #[param(default = false)] fails: bool) -> Result<(Expr<f32>, Expr<T>)> {
    let (least, _, x) = extremes(image);
    match fails {
        true => Err(Error::Unsupported { operation: "reordered".into(), problem: "no".into(), remedy: "-".into() }),
        false => Ok((x, least)),
    }
}

/// The image without its mean, and a mask of what is above.
#[gpu_op(procedure, family = "test")]
fn around_mean(context: &Context, image: Image<f32>) -> Result<(Image<f32>, Image<u8>, AnyImage)> {
    let (sum, flag) = sum_and_flag(&image, 2.0);
    Ok((context.eval(sum)?, context.eval(flag)?, image.into_any()))
}

#[test]
fn composites_and_procedures_have_several_results() {
    for device in devices() {
        let image = device.upload(arr2(&[[0u8, 1, 2], [3, 4, 250]]).view()).unwrap();
        let (low, high, same) = halves(&image, 1.0);
        let again = add_images(&low, &high);
        // Both parts are of one expansion: the blur is computed once, also after a change of each with the same values.
        assert_eq!(again.explain().unwrap().matches("%1 smooth").count(), 1);
        let text = add_images(low.clone().boundary(Boundary::Wrap), high.clone().boundary(Boundary::Wrap)).explain();
        assert_eq!(text.unwrap().matches(" smooth(").count(), 1);
        assert_eq!(again.download::<ndarray::Ix2>().unwrap(), arr2(&[[0f32, 1., 2.], [3., 4., 250.]]));
        assert_eq!(
            same.clone().into_any().typed::<u8>().download::<ndarray::Ix2>().unwrap(),
            image.download().unwrap()
        );
        let first = smooth(&image, 1.0).download::<ndarray::Ix2>().unwrap();
        assert_eq!(low.download::<ndarray::Ix2>().unwrap(), first);
        // In another type: the call itself stores it so where nobody else reads it, and another call does where somebody does.
        let rounded = smooth(&image, 1.0).store_as::<u8>().download::<ndarray::Ix2>().unwrap();
        assert_eq!(low.clone().store_as::<u8>().download::<ndarray::Ix2>().unwrap(), rounded);
        let sum = first.clone() + rounded.mapv(f32::from);
        for both in [add_images(&low, low.clone().store_as::<u8>()), add_images(low.clone().store_as::<u8>(), &low)] {
            assert_eq!(both.download::<ndarray::Ix2>().unwrap(), sum);
        }
        assert!(same_error(same.into_any().store(DType::U16)).contains("its result is its input"));
        // The whole of it, and its parts by number.
        let all = crate::apply(&halves::INFO, vec![(&image).into_expr().into_any()], vec![None]);
        assert!(matches!(all.eval(), Ok(crate::Outcome::Images(images)) if images.len() == 3));
        assert!(all.explain().unwrap().contains("the results %1, %2, %0"));
        assert_eq!(all.part(0).typed::<f32>().download::<ndarray::Ix2>().unwrap(), first);
        assert!(same_error(all.part(3)).contains("it has 3 results, and number 3"));
        assert!(same_error(all.clone().store(DType::F32)).contains("its result is its input"));
        let target = device.upload(ndarray::Array2::<f32>::zeros((2, 3)).view()).unwrap();
        low.eval_into(&target).unwrap();
        assert_eq!(target.download::<ndarray::Ix2>().unwrap(), first);

        let (x, least) = reordered(&image, false);
        assert_eq!(x.download::<ndarray::Ix2>().unwrap(), arr2(&[[0f32, 1., 2.], [0., 1., 2.]]));
        let both = add_images(&x, &least);
        assert_eq!(both.explain().unwrap().matches("launch of extremes").count(), 1);
        let both = add_images(x.store_as::<u8>(), &least);
        assert_eq!(both.download::<ndarray::Ix2>().unwrap(), arr2(&[[0f32, 1., 3.], [0., 1., 3.]]));
        assert!(matches!(reordered(&image, true).1.eval(), Err(Error::Unsupported { .. })));

        let (sum, mask, own) = around_mean(&image);
        assert_eq!(sum.download::<ndarray::Ix2>().unwrap(), arr2(&[[2f32, 3., 4.], [5., 6., 252.]]));
        let both = add_images(&sum, &mask);
        assert_eq!(both.explain().unwrap().matches(" around_mean(").count(), 1);
        assert_eq!(both.download::<ndarray::Ix2>().unwrap(), arr2(&[[2f32, 4., 5.], [6., 7., 253.]]));
        assert_eq!(own.into_any().typed::<f32>().eval().unwrap().shape(), [2, 3]);
        assert!(same_error(mask.store_as::<u16>().into_any()).contains("its result has the type u8"));
    }
}

fn same_error(expr: AnyExpr) -> String {
    expr.eval().unwrap_err().to_string()
}

/// The source at twice the coordinate, and the coordinate; of extents that the caller says.
#[gpu_op(gather, family = "test")]
fn thinned(source: Sampler<f32>, at: Position, #[param(output_extent)] extent: PerAxis<u32>) -> (f32, i32) {
    let last = extent.x as i32 - 1;
    (source.at(2 * at.x(), at.y(), at.z()), if at.x() == last { -1 } else { at.extent_x() + source.extent_x() })
}

/// The alternating sum of a line, and how many voxels it has had.
#[gpu_op(scan, family = "test")]
fn alternating(
    pixel: f32,
    #[state(start = 0.0)] sum: f32,
    #[state(start = 1)] sign: i32,
    at: Position,
    #[param(default = 1.0)] factor: f32,
) -> (f32, f32, i32) {
    let next = sum + pixel * factor * sign as f32;
    (next + at.y() as f32 * 100.0, next, -sign)
}

#[test]
fn a_gather_has_extents_of_its_own() {
    for device in devices() {
        let image = device.upload(arr2(&[[1u8, 2, 3, 4], [5, 6, 7, 8]]).view()).unwrap();
        let (values, extents) = thinned(&image, [1, 3, 3]);
        let expected = arr2(&[[1f32, 3., 4.], [5., 7., 8.], [5., 7., 8.]]);
        assert_eq!(values.download::<ndarray::Ix2>().unwrap(), expected, "{device}");
        assert_eq!(extents.download::<ndarray::Ix2>().unwrap(), arr2(&[[7, 7, -1], [7, 7, -1], [7, 7, -1]]));
        let outside = values.boundary(Boundary::Constant(-1.0)).download::<ndarray::Ix2>().unwrap();
        assert_eq!(outside.row(2).to_vec(), [-1.0; 3]);
        for (extent, says) in
            [([1u32, 0, 3], "at least 1"), ([2, 3, 3], "no axis z"), ([1, 1 << 31, 3], "smaller extents")]
        {
            let error = thinned(&image, extent).0.eval().unwrap_err();
            assert!(matches!(error, Error::Parameter { .. }) && error.to_string().contains(says), "{error}");
        }
    }
}

#[test]
fn a_scan_hands_its_state_along_the_axis() {
    for device in devices() {
        let image = device.upload(arr2(&[[1u8, 2, 3, 4], [5, 6, 7, 8]]).view()).unwrap();
        let along = |axis, reverse: bool| {
            alternating(&image, axis, 2.0).with("reverse", reverse).download::<ndarray::Ix2>().unwrap()
        };
        assert_eq!(along(Axis::X, false), arr2(&[[2f32, -2., 4., -4.], [110., 98., 112., 96.]]), "{device}");
        assert_eq!(along(Axis::X, true), arr2(&[[4f32, 6., 2., 8.], [104., 114., 102., 116.]]));
        assert_eq!(along(Axis::Y, false), arr2(&[[2f32, 4., 6., 8.], [92., 92., 92., 92.]]));
        assert_eq!(along(Axis::Z, false), arr2(&[[2f32, 4., 6., 8.], [110., 112., 114., 116.]]));
    }
}

#[test]
fn results_that_nobody_reads_are_dropped() {
    let device = Device::from_backend(std::sync::Arc::new(crate::backend::cpu::Cpu::new()));
    let image = device.upload(Array2::<f32>::zeros((64, 64)).view()).unwrap();
    let chain = (0..10).fold((&image).into_expr(), |expr, _| sum_and_flag(expr, 1.0).0);
    chain.eval().unwrap();
    let one = 64 * 64 * 4;
    let memory = device.memory();
    // At the peak: the input, what was there before, and both results.
    assert_eq!((memory.in_use, memory.peak), (one, 3 * one + one / 4));
    let long = (0..20_000).fold((&image).into_expr(), |expr, _| sum_and_flag(expr, 1.0).0);
    drop(long);
}

#[test]
fn parts_that_are_not_there_are_refused() {
    let image = Device::cpu().upload(arr2(&[[1f32]]).view()).unwrap();
    let call = crate::apply(&sum_and_flag::INFO, vec![(&image).into_expr().into_any()], vec![]);
    let message = |expr: AnyExpr| expr.eval().map(drop).unwrap_err().to_string();
    assert!(message(call.part(2)).contains("sum_and_flag: it has 2 results, and number 2 (from 0)"));
    let one = shifted(&image, 1.0).into_any();
    assert!(message(one.part(0)).contains("shifted: it has one result"), "{}", message(one.part(0)));
    let as_input = shifted(&call, 1.0).into_any();
    assert!(
        message(as_input).contains("several images, but an image as input is needed; take one of them with `part`")
    );
    assert!(message(call.part(0).part(0)).contains("it has one result"));
    let (least, _, _) = extremes(&image);
    assert!(message(least.store_as::<u8>().into_any()).contains("convert"));
}

#[test]
fn explain_counts_launches_and_bytes() {
    let image = Device::cpu().upload(Array3::<u16>::zeros((4, 8, 16)).view()).unwrap();
    let text = (smooth(&image, 1.0) + total_z(&image).into_any().typed::<f32>()).explain();
    // Shapes differ: what would fail fails here too.
    assert!(matches!(text, Err(Error::Shape { .. })));
    let text = smooth(&image, 1.0).store_as::<u8>().explain().unwrap();
    for expected in
        ["smooth_pass along x", "1.0 KiB read, 2.0 KiB written", "512 B written", "halo x 1 y 1 z 1", "3 launches"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(total(&image).explain().unwrap().contains("2 launches"));
    assert!(convert(&image, DType::U8).into_any().explain().unwrap().contains("not counted"));
}

#[test]
fn voxel_size_and_axes_follow_the_first_input() {
    let size = crate::VoxelSize { x: 0.1, y: 0.2, z: 0.5, unit: "µm".into() };
    let device = Device::cpu();
    let image = device.upload(Array3::<f32>::zeros((2, 3, 4)).view()).unwrap().with_voxel_size(Some(size.clone()));
    let other = device.upload(Array3::<f32>::zeros((2, 3, 4)).view()).unwrap();
    let sum = add_images(&image, &other).eval().unwrap();
    assert_eq!(sum.voxel_size(), Some(&size));
    let side = total_x(&image).eval().unwrap();
    assert_eq!((side.axes().as_str(), side.shape()), ("yx", vec![2, 3]));
    assert_eq!(side.voxel_size().map(|size| (size.y, size.x)), Some((0.5, 0.2)));
}

#[test]
fn handles_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Device>();
    check::<Image<f32>>();
    check::<Expr<f32>>();
    check::<Error>();
    let _: Value = 1.5f32.into();
}
