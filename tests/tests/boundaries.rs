//! The maps behind the boundary modes, against a walk over the image step by step: the map in Rust, and what kernels read on
//! the CPU and on every other device of the machine, for every extent from 1 to 17 and offsets of several times the extent.
//!
//! Bodies can only reach as far as their halo, so the map that stands in the texts of kernels is also called by itself, with
//! coordinates up to the ends of i32. `KERNWERK_REQUIRE` fails where a backend is absent. The binary needs no files.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::process::ExitCode;
use std::time::Instant;

use kernwerk::prelude::*;
use kernwerk::{AnyExpr, HostData, Result};
use kernwerk_runtime::backend::driver::{KernelArgument, WorkSize};
use kernwerk_runtime::backend::probe;
use kernwerk_tests::backends;

/// The voxel along x that lies as far away as y says, counted from the middle of 103 rows.
#[gpu_op(neighborhood)]
pub fn tap_x(w: Window<f32>) -> f32 {
    let mut found = -1.0;
    for d in -51..=51 {
        if d == w.y() - 51 {
            found = w.at(d, 0, 0);
        }
    }
    found
}

/// The voxel along y that lies as far away as x says, counted from the middle of 103 columns.
#[gpu_op(neighborhood)]
pub fn tap_y(w: Window<f32>) -> f32 {
    let mut found = -1.0;
    for d in -51..=51 {
        if d == w.x() - 51 {
            found = w.at(0, d, 0);
        }
    }
    found
}

/// The voxel along z that lies as far away as x says, counted from the middle of 103 columns.
#[gpu_op(neighborhood)]
pub fn tap_z(w: Window<f32>) -> f32 {
    let mut found = -1.0;
    for d in -51..=51 {
        if d == w.x() - 51 {
            found = w.at(0, 0, d);
        }
    }
    found
}

/// A number that depends on each of 13 × 9 × 5 neighbours and on their order.
#[gpu_op(neighborhood)]
pub fn fingerprint(w: Window<u32>) -> u32 {
    let mut digest: u32 = 1;
    for dz in -2..=2 {
        for dy in -4..=4 {
            for dx in -6..=6 {
                digest = (digest * 31 + w.at(dx, dy, dz)) % 65_521;
            }
        }
    }
    digest
}

/// Sum over a box.
#[gpu_op(neighborhood)]
pub fn box_sum(w: Window<f32>, radius: PerAxis<u32>) -> f32 {
    w.cuboid(radius).sum()
}

/// Weights that pick one voxel of a line.
fn pick(offset: i32) -> PerAxis<Vec<f32>> {
    let radius = offset.abs();
    let weights: Vec<f32> = (-radius..=radius).map(|d| if d == offset { 1.0 } else { 0.0 }).collect();
    PerAxis { x: weights.clone(), y: weights.clone(), z: weights }
}

/// The voxel of a line at an offset, as a sum of which all terms but one are zero.
#[gpu_op(neighborhood(separable))]
pub fn weighted_tap(line: Line<f32>, offset: i32) -> f32 {
    line.weighted_sum(pick(offset))
}

/// The voxel of a line at an offset.
#[gpu_op(neighborhood(separable))]
pub fn line_tap(line: Line<f32>, offset: i32) -> f32 {
    let mut found = -1.0;
    for d in -51..=51 {
        if d == offset {
            found = line.at(d);
        }
    }
    found
}

/// The voxel to the left, in the image's type.
#[gpu_op(neighborhood)]
pub fn left_pixel<T: Pixel>(w: Window<T>) -> T {
    w.at(-1, 0, 0)
}

/// The voxel to the left, as f32.
#[gpu_op(neighborhood)]
pub fn left_f32(w: Window<f32>) -> f32 {
    w.at(-1, 0, 0)
}

/// The voxel to the left, as i32.
#[gpu_op(neighborhood)]
pub fn left_i32(w: Window<i32>) -> i32 {
    w.at(-1, 0, 0)
}

/// The voxel to the left, as u32.
#[gpu_op(neighborhood)]
pub fn left_u32(w: Window<u32>) -> u32 {
    w.at(-1, 0, 0)
}

/// The voxel to the left, as bool.
#[gpu_op(neighborhood)]
pub fn left_bool(w: Window<bool>) -> bool {
    w.at(-1, 0, 0)
}

const MODES: [Boundary; 5] =
    [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(CONSTANT)];

/// No voxel has this value.
const CONSTANT: f32 = 50_000.0;

/// How far `tap_x` and its kin look: three times the largest extent.
const REACH: i64 = 51;

/// The body of the kernel that maps coordinates.
const MAP: &str = "if (i < count) out[i] = KW_BORDER(at[i], extent);";

/// The largest extent of which every map is tested.
const LARGEST: usize = 17;

/// Where a walk is, and which way it goes.
#[derive(Clone, Copy, PartialEq)]
struct Walker {
    at: i64,
    forward: bool,
}

/// One step along an axis of `extent` voxels, always to a voxel of the image.
fn step(mode: Boundary, walker: Walker, extent: i64) -> Walker {
    let Walker { at, forward } = walker;
    let next = if forward { at + 1 } else { at - 1 };
    if (0..extent).contains(&next) {
        return Walker { at: next, forward };
    }
    match mode {
        // Stands at the edge.
        Boundary::Nearest | Boundary::Constant(_) => walker,
        // Meets the voxel at the edge a second time, going back.
        Boundary::Reflect => Walker { at, forward: !forward },
        // Goes back from the edge.
        Boundary::Mirror if extent == 1 => walker,
        Boundary::Mirror => Walker { at: if forward { at - 1 } else { at + 1 }, forward: !forward },
        // Enters at the other side.
        Boundary::Wrap => Walker { at: if forward { 0 } else { extent - 1 }, forward },
    }
}

/// The voxel that a coordinate means; `None` for the constant.
fn walk(mode: Boundary, coordinate: i64, extent: i64) -> Option<i64> {
    if (0..extent).contains(&coordinate) {
        return Some(coordinate);
    }
    if matches!(mode, Boundary::Constant(_)) {
        return None;
    }
    // Every walk enters the image at the end that is nearer, so that it starts with the steps that are left from there.
    let forward = coordinate >= 0;
    let start = Walker { at: if forward { extent - 1 } else { 0 }, forward };
    let mut left = if forward { coordinate - (extent - 1) } else { -coordinate };
    if mode == Boundary::Nearest {
        return Some(start.at);
    }
    let (mut walker, mut taken) = (start, 0);
    while left > 0 {
        walker = step(mode, walker, extent);
        left -= 1;
        taken += 1;
        // Back at the start: what follows is walked again and again.
        if walker == start {
            left %= taken;
        }
    }
    Some(walker.at)
}

/// Counts comparisons and collects what differs, a few for each kind.
#[derive(Default)]
struct Log {
    compared: u64,
    wrong: BTreeMap<String, (u64, String)>,
}

impl Log {
    fn check<T: PartialEq + Debug>(&mut self, kind: &str, found: &T, expected: &T, about: impl FnOnce() -> String) {
        self.compared += 1;
        if found != expected {
            let entry = self.wrong.entry(kind.to_owned());
            entry.or_insert_with(|| (0, format!("{}: {found:?} instead of {expected:?}", about()))).0 += 1;
        }
    }
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        println!("boundaries: test");
        return ExitCode::SUCCESS;
    }
    let start = Instant::now();
    let found = backends::gpus();
    let mut failed = backends::report_absent(&found.absent);
    let mut devices = vec![("cpu".to_owned(), Device::cpu())];
    devices.extend(found.present.into_iter().map(|present| (present.label, present.device)));

    failed |= report("the map in Rust", start, map_in_rust());
    for probed in probe::probe() {
        for (index, description) in probed.outcome.iter().flatten().enumerate() {
            let label = format!("{} {}", probed.backend, description.name);
            let log = map_in_c(probed.backend, index).unwrap_or_else(|error| {
                println!("{label}: {error}");
                failed = true;
                Log::default()
            });
            failed |= report(&label, start, log);
        }
    }
    for (label, device) in &devices {
        let log = on_device(device).unwrap_or_else(|error| {
            println!("{label}: {error}");
            failed = true;
            Log::default()
        });
        failed |= log.compared == 0 || report(label, start, log);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints what came out; returns whether anything is wrong.
fn report(label: &str, start: Instant, log: Log) -> bool {
    for (kind, (count, first)) in &log.wrong {
        println!("{label}: {kind}: {count} wrong, the first {first}");
    }
    let wrong: u64 = log.wrong.values().map(|(count, _)| count).sum();
    println!("{label}: {} values compared, {wrong} wrong ({:.1} s)", log.compared, start.elapsed().as_secs_f32());
    wrong > 0
}

fn map_in_rust() -> Log {
    let mut log = Log::default();
    let far = [1_i64 << 20, 1 << 30, i64::from(i32::MAX), 1 << 32, 1 << 40];
    for mode in MODES {
        for extent in 1..=LARGEST as i64 {
            let near = -4 * REACH..=4 * REACH;
            let far = far.iter().flat_map(|&far| (-40..=40).flat_map(move |by| [far + by, -far + by]));
            for coordinate in near.chain(far) {
                let (found, expected) = (mode.index(coordinate, extent), walk(mode, coordinate, extent));
                log.check(mode.name(), &found, &expected, || format!("at {coordinate} of {extent}"));
            }
        }
    }
    log
}

fn on_device(device: &Device) -> Result<Log> {
    let mut log = Log::default();
    for mode in MODES {
        for extent in 1..=LARGEST {
            every_offset(device, mode, extent, &mut log)?;
            lines(device, mode, extent, &mut log)?;
        }
        for shape in
            [[1, 1, 1], [1, 1, 5], [1, 4, 1], [3, 1, 1], [2, 3, 5], [1, 2, 17], [5, 2, 1], [4, 11, 3], [7, 9, 13]]
        {
            all_axes_at_once(device, mode, shape, &mut log)?;
            boxes(device, mode, shape, &mut log)?;
        }
    }
    constants(device, &mut log)?;
    Ok(log)
}

/// An image in which every voxel has another value, below 2¹⁶.
fn numbered(device: &Device, [z, y, x]: [usize; 3]) -> Result<AnyImage> {
    let data = HostData::U16((0..z * y * x).map(|index| index as u16).collect());
    device.upload_host(&HostImage::new(Axes::new("zyx")?, &[z, y, x], data)?)
}

/// The value of that image at a coordinate.
fn value(mode: Boundary, shape: [usize; 3], at: [i64; 3]) -> f32 {
    let mut index = 0;
    for (coordinate, extent) in at.into_iter().zip(shape) {
        match walk(mode, coordinate, extent as i64) {
            Some(inside) => index = index * extent as i64 + inside,
            None => return CONSTANT,
        }
    }
    index as f32
}

fn coordinates([z, y, x]: [usize; 3]) -> impl Iterator<Item = [i64; 3]> {
    (0..z).flat_map(move |z| (0..y).flat_map(move |y| (0..x).map(move |x| [z as i64, y as i64, x as i64])))
}

fn computed(expr: &AnyExpr) -> Result<Vec<f32>> {
    match expr.eval_image()?.download_data()? {
        HostData::F32(values) => Ok(values),
        HostData::U32(values) => Ok(values.into_iter().map(|value| value as f32).collect()),
        other => panic!("these operations return f32 or u32, not {}", other.dtype()),
    }
}

/// `w.at` along each axis, at all offsets that `REACH` allows.
fn every_offset(device: &Device, mode: Boundary, extent: usize, log: &mut Log) -> Result<()> {
    let offsets = 2 * REACH as usize + 1;
    type Op = fn(&AnyImage) -> AnyExpr;
    // Which axis of (z, y, x) is looked along, and which says how far.
    let axes: [(&str, [usize; 3], usize, usize, Op); 3] = [
        ("x", [1, offsets, extent], 2, 1, |image| tap_x(image).into_any()),
        ("y", [1, extent, offsets], 1, 2, |image| tap_y(image).into_any()),
        ("z", [extent, 1, offsets], 0, 2, |image| tap_z(image).into_any()),
    ];
    for (name, shape, along, says, op) in axes {
        let found = computed(&op(&numbered(device, shape)?).boundary(mode))?;
        for (at, found) in coordinates(shape).zip(found) {
            let mut from = at;
            from[along] += at[says] - REACH;
            let kind = format!("w.at along {name}, {mode}");
            log.check(&kind, &found, &value(mode, shape, from), || format!("at {:?} of {shape:?}", from[along]));
        }
    }
    Ok(())
}

/// `line.at` and `line.weighted_sum` along each axis.
fn lines(device: &Device, mode: Boundary, extent: usize, log: &mut Log) -> Result<()> {
    for shape in [[1, 1, extent], [1, extent, 1], [extent, 1, 1]] {
        let image = numbered(device, shape)?;
        let n = extent as i64;
        let offsets = [-REACH, -50, -3 * n, 1 - 2 * n, -n, -2, -1, 0, 1, 3, n - 1, n, 2 * n, 2 * n + 1, 3 * n, REACH];
        for offset in offsets {
            // Axes of extent 1 have no pass, unless there is no longer one: then it runs along x, and the voxel stands for all others.
            let along = shape.iter().position(|&extent| extent > 1).unwrap_or(2);
            let seen = if extent > 1 { mode } else { Boundary::Nearest };
            let offset_i32 = offset as i32;
            let results = [
                ("line.at", computed(line_tap(&image, offset_i32).boundary(mode).any())?),
                ("line.weighted_sum", computed(weighted_tap(&image, offset_i32).boundary(mode).any())?),
            ];
            for (name, found) in results {
                for (at, found) in coordinates(shape).zip(found) {
                    let mut from = at;
                    from[along] += offset;
                    let kind = format!("{name}, {mode}");
                    log.check(&kind, &found, &value(seen, shape, from), || format!("at {from:?} of {shape:?}"));
                }
            }
        }
    }
    Ok(())
}

/// The map in the text of a kernel, called by itself: for any coordinate, and for extents that no image here has.
fn map_in_c(backend: &'static str, index: usize) -> Result<Log> {
    let mut log = Log::default();
    let driver = probe::open(backend, index)?;
    let text = if backend == "cuda" {
        let head = "extern \"C\" __global__ void map(const int *at, const int extent, const int count, int *out)";
        format!("{}\n{head}\n{{ const int i = blockIdx.x * blockDim.x + threadIdx.x; {MAP} }}\n", left_f32::CUDA)
    } else {
        let head = "__kernel void map(__global const int *at, const int extent, const int count, __global int *out)";
        format!("{}\n{head}\n{{ const int i = get_global_id(0); {MAP} }}\n", left_f32::OPENCL)
    };
    let ends = [i32::MIN, -(1 << 30), 0, 1 << 30, i32::MAX];
    let coordinates: Vec<i32> =
        ends.iter().flat_map(|&end| (-300..=300).map(move |by: i32| end.saturating_add(by))).collect();
    let (from, to) = (driver.allocate(4 * coordinates.len())?, driver.allocate(4 * coordinates.len())?);
    let bytes: Vec<u8> = coordinates.iter().flat_map(|at| at.to_ne_bytes()).collect();
    driver.upload(&*from, 0, &bytes)?;
    let size = WorkSize { global: [coordinates.len(), 1, 1], local: [64, 1, 1] };
    for mode in MODES {
        let program = driver.compile(&text, &[("KW_BOUNDARY".into(), mode.name().into())])?;
        for extent in (1..=LARGEST as i32).chain([250, (1 << 30) - 1, 1 << 30, i32::MAX]) {
            let arguments = [
                KernelArgument::Buffer(&*from),
                KernelArgument::Bytes(&extent.to_ne_bytes()),
                KernelArgument::Bytes(&(coordinates.len() as i32).to_ne_bytes()),
                KernelArgument::Buffer(&*to),
            ];
            driver.launch(&*program, "map", size, &arguments)?;
            let mut found = vec![0; bytes.len()];
            driver.download(&*to, 0, &mut found)?;
            for (&at, found) in coordinates.iter().zip(found.chunks_exact(4)) {
                let found = i32::from_ne_bytes(found.try_into().expect("four bytes"));
                // Nobody can walk through a large image; there, the map in Rust has to do.
                let inside = if extent > 250 {
                    mode.index(at.into(), extent.into())
                } else {
                    walk(mode, at.into(), extent.into())
                };
                // The kernels ask for constants before they map.
                let expected = inside.map_or(at, |inside| inside as i32);
                let kind = format!("the map in C, {mode}");
                log.check(&kind, &found, &expected, || format!("at {at} of {extent}"));
            }
        }
    }
    Ok(log)
}

/// All neighbours of a box at once, also across corners.
fn all_axes_at_once(device: &Device, mode: Boundary, shape: [usize; 3], log: &mut Log) -> Result<()> {
    let found = computed(fingerprint(&numbered(device, shape)?).boundary(mode).any())?;
    for ([z, y, x], found) in coordinates(shape).zip(found) {
        let mut digest = 1;
        for dz in -2..=2 {
            for dy in -4..=4 {
                for dx in -6..=6 {
                    digest = (digest * 31 + value(mode, shape, [z + dz, y + dy, x + dx]) as u32) % 65_521;
                }
            }
        }
        let kind = format!("w.at across corners, {mode}");
        log.check(&kind, &found, &(digest as f32), || format!("at {:?} of {shape:?}", [z, y, x]));
    }
    Ok(())
}

/// Windows that reach beyond the image; they do not extend along axes of extent 1.
fn boxes(device: &Device, mode: Boundary, shape: [usize; 3], log: &mut Log) -> Result<()> {
    let image = numbered(device, shape)?;
    for radius in [[1, 1, 1], [0, 2, 9], [3, 0, 20], [1, 13, 0]] {
        let [rz, ry, rx] = radius;
        let found = computed(box_sum(&image, PerAxis { x: rx, y: ry, z: rz }).boundary(mode).any())?;
        let reach: [i64; 3] = std::array::from_fn(|axis| if shape[axis] == 1 { 0 } else { i64::from(radius[axis]) });
        for ([z, y, x], found) in coordinates(shape).zip(found) {
            let mut sum = 0.0;
            for dz in -reach[0]..=reach[0] {
                for dy in -reach[1]..=reach[1] {
                    for dx in -reach[2]..=reach[2] {
                        sum += value(mode, shape, [z + dz, y + dy, x + dx]);
                    }
                }
            }
            let kind = format!("w.cuboid().sum(), {mode}");
            log.check(&kind, &found, &sum, || format!("radius {radius:?} at {:?} of {shape:?}", [z, y, x]));
        }
    }
    Ok(())
}

/// The constant as each type sees it.
fn constants(device: &Device, log: &mut Log) -> Result<()> {
    let numbers = [
        0.0,
        -0.0,
        0.5,
        1.5,
        2.5,
        -0.5,
        -1.5,
        10.5,
        254.5,
        255.5,
        300.0,
        -127.5,
        -128.5,
        32_767.5,
        65_535.5,
        -1e10,
        1e10,
        2_147_483_648.0,
        4_294_967_040.0,
        f32::MIN_POSITIVE,
        1e-40,
        f32::MAX,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    for dtype in DType::ALL {
        let data = HostData::zeros(dtype, 6);
        let image = device.upload_host(&HostImage::new(Axes::new("yx")?, &[2, 3], data)?)?;
        for number in numbers {
            let results: [(&str, DType, AnyExpr); 5] = [
                ("T", dtype, left_pixel(&image).into_any()),
                ("f32", DType::F32, left_f32(&image).into_any()),
                ("i32", DType::I32, left_i32(&image).into_any()),
                ("u32", DType::U32, left_u32(&image).into_any()),
                ("bool", DType::U8, left_bool(&image).into_any()),
            ];
            for (name, stored, expr) in results {
                let found = expr.boundary(Boundary::Constant(number)).eval_image()?.download_data()?;
                let expected =
                    if name == "bool" { f64::from(u8::from(number != 0.0)) } else { converted(number, stored) };
                // Both ends of a row: the constant, then voxels, which are 0.
                let expected: Vec<String> =
                    [expected, 0.0, 0.0].repeat(2).iter().map(|value| format!("{value:?}")).collect();
                let found: Vec<String> = match &found {
                    HostData::F32(values) => values.iter().map(|&value| format!("{:?}", f64::from(value))).collect(),
                    other => other.numbers().iter().map(|v| format!("{v:?}")).collect(),
                };
                log.check(&format!("the constant as {name}"), &found, &expected, || format!("{number} of {dtype}"));
            }
        }
    }
    Ok(())
}

/// A number as it is stored: half to even, saturated, 0 for NaN; floats as they are, f16 rounded.
fn converted(number: f32, dtype: DType) -> f64 {
    let number = f64::from(number);
    let (low, high) = match dtype {
        DType::F32 | DType::F64 => return number,
        DType::F16 => return half::f16::from_f64(number).into(),
        DType::U64 => (0.0, 18_446_744_073_709_551_615.0),
        DType::I64 => (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0),
        DType::U8 => (0.0, 255.0),
        DType::I8 => (-128.0, 127.0),
        DType::U16 => (0.0, 65_535.0),
        DType::I16 => (-32_768.0, 32_767.0),
        DType::U32 => (0.0, 4_294_967_295.0),
        DType::I32 => (-2_147_483_648.0, 2_147_483_647.0),
    };
    if number.is_nan() {
        return 0.0;
    }
    let below = number.clamp(low, high).floor();
    let rest = number.clamp(low, high) - below;
    let up = rest > 0.5 || (rest == 0.5 && (below / 2.0).fract() != 0.0);
    // An integer has no -0.
    below + f64::from(u8::from(up)) + 0.0
}
