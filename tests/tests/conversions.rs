//! Conversions between element types, value by value: what is loaded, what is stored, the operation `convert` and `as` in a
//! body, on the CPU and on every other device of the machine, against the rules of `docs/numerics.md` written out in f64 and i128.
//!
//! Types of 8 and 16 bits, f16 among them, are always tested in all their values. Of the others the test takes a sample (a stride
//! through all bits, every exponent, the neighbours of every integer and half that a narrower type holds, the limits of all
//! types); with `KERNWERK_EXHAUSTIVE=1` it takes all 2³² values of those of 32 bits, in chunks, for minutes to hours. `KERNWERK_REQUIRE` fails
//! where a backend is absent. Arguments are names of element types. The binary needs no files, so that it can be carried to a
//! machine with a GPU.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use kernwerk::prelude::*;
use kernwerk::{HostData, host_data};
use kernwerk_tests::backends;

/// The voxel as f32.
#[gpu_op(pointwise)]
pub fn loaded_f32(image: f32) -> f32 {
    image
}

/// The voxel as i32.
#[gpu_op(pointwise)]
pub fn loaded_i32(image: i32) -> i32 {
    image
}

/// The voxel as u32.
#[gpu_op(pointwise)]
pub fn loaded_u32(image: u32) -> u32 {
    image
}

/// The voxel as bool.
#[gpu_op(pointwise)]
pub fn loaded_bool(image: bool) -> bool {
    image
}

/// The voxel in its own type.
#[gpu_op(pointwise)]
pub fn loaded_pixel<T: Pixel>(image: T) -> T {
    image
}

/// `as i32` of an f32.
#[gpu_op(pointwise)]
pub fn cast_i32(image: f32) -> i32 {
    image as i32
}

/// `as u32` of an f32.
#[gpu_op(pointwise)]
pub fn cast_u32(image: f32) -> u32 {
    image as u32
}

/// What happens to a voxel.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Case {
    /// Loaded as the first type and stored as the second.
    Through(Compute, DType),
    /// `convert`, truncating or to the nearest.
    Convert { to: DType, nearest: bool },
    /// Loaded as f32, `as i32` or `as u32` in the body.
    As(DType),
    /// Kept in its own type.
    Pixel,
}

/// What a body computes in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Compute {
    F32,
    I32,
    U32,
    Bool,
}

/// Values of one element type, as bits.
struct Chunk {
    dtype: DType,
    bits: Vec<u64>,
}

/// A device, and how many of its results were wrong.
struct Subject {
    label: String,
    device: Device,
    wrong: AtomicU64,
}

/// How many values the exhaustive test takes at a time.
const CHUNK: usize = 1 << 22;

/// How many differences are printed.
const PRINTED: usize = 40;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        println!("conversions: test");
        return ExitCode::SUCCESS;
    }
    let start = Instant::now();
    let exhaustive = std::env::var_os("KERNWERK_EXHAUSTIVE").is_some();
    let found = backends::gpus();
    let mut failed = backends::report_absent(&found.absent);
    let subject = |label: String, device| Subject { label, device, wrong: AtomicU64::new(0) };
    let mut subjects = vec![subject("cpu".into(), Device::cpu())];
    subjects.extend(found.present.into_iter().map(|present| subject(present.label, present.device)));

    let jobs = jobs(exhaustive);
    let (values, results) = (AtomicU64::new(0), AtomicU64::new(0));
    let messages = Mutex::new(Vec::new());
    backends::for_each(&jobs, |job| {
        let chunk = job();
        let (compared, found) = run(&subjects, &chunk, &cases(chunk.dtype, exhaustive));
        values.fetch_add(chunk.bits.len() as u64, Ordering::Relaxed);
        results.fetch_add(compared, Ordering::Relaxed);
        messages.lock().unwrap().extend(found);
    });

    let messages = messages.into_inner().unwrap();
    messages.iter().take(PRINTED).for_each(|message| println!("{message}"));
    for subject in &subjects {
        let wrong = subject.wrong.load(Ordering::Relaxed);
        println!("{}: {wrong} results differ from the definition", subject.label);
        failed |= wrong > 0;
    }
    failed |= !messages.is_empty();
    let (size, values, results) =
        (if exhaustive { "all" } else { "a sample of" }, values.into_inner(), results.into_inner());
    println!("{size} values: {values} values, {results} results in {:.0} s", start.elapsed().as_secs_f32());
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

type Job = Box<dyn Fn() -> Chunk + Sync>;

/// Everything that is to be tested, made when its turn comes.
fn jobs(exhaustive: bool) -> Vec<Job> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut jobs: Vec<Job> = Vec::new();
    for dtype in DType::ALL {
        if !arguments.is_empty() && !arguments.iter().any(|asked| asked == dtype.name()) {
            continue;
        }
        match dtype.size() {
            1 => jobs.push(Box::new(move || Chunk { dtype, bits: (0..=0xff).collect() })),
            2 => jobs.push(Box::new(move || Chunk { dtype, bits: (0..=0xffff).collect() })),
            4 if exhaustive => jobs.extend((0..(1_u64 << 32) / CHUNK as u64).map(|number| -> Job {
                let first = number * CHUNK as u64;
                Box::new(move || Chunk { dtype, bits: (first..=first + (CHUNK - 1) as u64).collect() })
            })),
            _ => jobs.extend(sample(dtype).chunks(1 << 17).map(|bits| -> Job {
                let bits = bits.to_vec();
                Box::new(move || Chunk { dtype, bits: bits.clone() })
            })),
        }
    }
    jobs
}

/// What is done to values of a type. The rules of f32 are those that can go wrong: of these, the exhaustive test takes all.
fn cases(from: DType, exhaustive: bool) -> Vec<Case> {
    let mut cases: Vec<Case> = DType::ALL.map(|to| Case::Through(Compute::F32, to)).into();
    cases.extend(DType::ALL.map(|to| Case::Convert { to, nearest: false }));
    cases.extend([
        Case::Through(Compute::I32, DType::I32),
        Case::Through(Compute::U32, DType::U32),
        Case::Through(Compute::Bool, DType::U8),
        Case::Pixel,
    ]);
    if from == DType::F32 {
        cases.extend([Case::As(DType::I32), Case::As(DType::U32)]);
    }
    if !exhaustive {
        cases.extend(DType::ALL.map(|to| Case::Convert { to, nearest: true }));
        for compute in [Compute::I32, Compute::U32, Compute::Bool] {
            cases.extend(DType::ALL.map(|to| Case::Through(compute, to)));
        }
    }
    cases
}

/// Runs the cases on all devices; returns how many results were compared, and a description of every case that is wrong.
fn run(subjects: &[Subject], chunk: &Chunk, cases: &[Case]) -> (u64, Vec<String>) {
    let (mut compared, mut messages) = (0, Vec::new());
    let host = host_image(chunk);
    let images: Vec<_> = subjects.iter().map(|subject| subject.device.upload_host(&host)).collect();
    for &case in cases {
        let expected = expected(chunk, case);
        for (subject, image) in subjects.iter().zip(&images) {
            let result = image.clone().and_then(|image| expression(&image, case).eval_image()?.download_data());
            let problem = match result {
                Err(error) => Some(error.to_string()),
                Ok(found) => {
                    compared += chunk.bits.len() as u64;
                    difference(chunk, &expected, &found, &subject.wrong)
                }
            };
            messages.extend(problem.map(|text| format!("{}: {} {case:?}: {text}", subject.label, chunk.dtype)));
        }
    }
    (compared, messages)
}

/// How many results are wrong, and the first of them.
fn difference(chunk: &Chunk, expected: &HostData, found: &HostData, wrong: &AtomicU64) -> Option<String> {
    if (expected.dtype(), expected.len()) != (found.dtype(), found.len()) {
        return Some(format!("{} {} instead of {} {}", found.len(), found.dtype(), expected.len(), expected.dtype()));
    }
    if expected.bytes() == found.bytes() {
        return None;
    }
    let size = found.dtype().size();
    let pairs = expected.bytes().chunks_exact(size).zip(found.bytes().chunks_exact(size));
    let different: Vec<usize> = pairs.enumerate().filter(|(_, (a, b))| a != b).map(|(index, _)| index).collect();
    let first = *different.first()?;
    wrong.fetch_add(different.len() as u64, Ordering::Relaxed);
    let bits = chunk.bits[first];
    let show = |data: &HostData| match data {
        HostData::F32(values) => format!("{:?} ({:#010x})", values[first], values[first].to_bits()),
        HostData::F64(values) => format!("{:?} ({:#018x})", values[first], values[first].to_bits()),
        HostData::F16(values) => format!("{:?} ({:#06x})", values[first], values[first].to_bits()),
        other => host_data!(other, values => format!("{:?}", values[first])),
    };
    Some(format!(
        "{} of {} wrong: {:?} ({bits:#x}) should become {}, is {}",
        different.len(),
        chunk.bits.len(),
        number(chunk.dtype, bits),
        show(expected),
        show(found)
    ))
}

fn expression(image: &AnyImage, case: Case) -> kernwerk::AnyExpr {
    match case {
        Case::Through(Compute::F32, to) => loaded_f32(image).into_any().store(to),
        Case::Through(Compute::I32, to) => loaded_i32(image).into_any().store(to),
        Case::Through(Compute::U32, to) => loaded_u32(image).into_any().store(to),
        Case::Through(Compute::Bool, to) => loaded_bool(image).into_any().store(to),
        Case::Convert { to, nearest: false } => convert(image, to).into_any(),
        Case::Convert { to, nearest: true } => convert(image, to).into_any().with("rounding", "nearest"),
        Case::As(DType::I32) => cast_i32(image).into_any(),
        Case::As(_) => cast_u32(image).into_any(),
        Case::Pixel => loaded_pixel(image).into_any(),
    }
}

/// The values as an image.
fn host_image(chunk: &Chunk) -> HostImage {
    let bits = &chunk.bits;
    // Several rows where the number allows it, since rows are what the CPU's threads share out.
    let rows = (1..=1024).rev().find(|&rows| bits.len().is_multiple_of(rows)).unwrap_or(1);
    let data = host_data(chunk.dtype, bits.iter().copied());
    HostImage::new(Axes::new("yx").unwrap(), &[rows, bits.len() / rows], data).unwrap()
}

/// Elements by their bits.
fn host_data(dtype: DType, bits: impl Iterator<Item = u64>) -> HostData {
    match dtype {
        DType::U8 => HostData::U8(bits.map(|bits| bits as u8).collect()),
        DType::I8 => HostData::I8(bits.map(|bits| bits as i8).collect()),
        DType::U16 => HostData::U16(bits.map(|bits| bits as u16).collect()),
        DType::I16 => HostData::I16(bits.map(|bits| bits as i16).collect()),
        DType::U32 => HostData::U32(bits.map(|bits| bits as u32).collect()),
        DType::I32 => HostData::I32(bits.map(|bits| bits as i32).collect()),
        DType::F32 => HostData::F32(bits.map(|bits| f32::from_bits(bits as u32)).collect()),
        DType::U64 => HostData::U64(bits.collect()),
        DType::I64 => HostData::I64(bits.map(|bits| bits as i64).collect()),
        DType::F64 => HostData::F64(bits.map(f64::from_bits).collect()),
        DType::F16 => HostData::F16(bits.map(|bits| half::f16::from_bits(bits as u16)).collect()),
    }
}

/// A value, exactly: every value of every type is one of these.
#[derive(Clone, Copy, Debug)]
enum Exact {
    Whole(i128),
    Float(f64),
}

use Exact::{Float, Whole};

fn number(dtype: DType, bits: u64) -> Exact {
    match dtype {
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => Whole(bits.into()),
        DType::I8 => Whole((bits as i8).into()),
        DType::I16 => Whole((bits as i16).into()),
        DType::I32 => Whole((bits as i32).into()),
        DType::I64 => Whole((bits as i64).into()),
        DType::F32 => Float(f32::from_bits(bits as u32).into()),
        DType::F64 => Float(f64::from_bits(bits)),
        DType::F16 => {
            let (exponent, mantissa) = ((bits >> 10 & 31) as i32, (bits & 0x3ff) as f64);
            let size = match exponent {
                31 if mantissa > 0.0 => f64::NAN,
                31 => f64::INFINITY,
                0 => mantissa * 2_f64.powi(-24),
                _ => (1024.0 + mantissa) * 2_f64.powi(exponent - 25),
            };
            Float(if bits >> 15 == 1 { -size } else { size })
        }
    }
}

/// What the rules say of every value of the chunk.
fn expected(chunk: &Chunk, case: Case) -> HostData {
    let to = target(case).unwrap_or(chunk.dtype);
    let bits = chunk.bits.iter().map(|&bits| match case {
        // A NaN has a payload: `convert` to the own type leaves it as it is, everything else stores one NaN only.
        Case::Convert { .. } if to == chunk.dtype => bits,
        _ => defined(case, chunk.dtype, number(chunk.dtype, bits)),
    });
    host_data(to, bits)
}

/// The element type of a result, if it is not the image's.
fn target(case: Case) -> Option<DType> {
    match case {
        Case::Through(_, to) | Case::Convert { to, .. } | Case::As(to) => Some(to),
        Case::Pixel => None,
    }
}

/// The rules: the bits of what becomes of a value.
fn defined(case: Case, from: DType, value: Exact) -> u64 {
    match case {
        Case::Through(compute, to) => {
            let loaded = match compute {
                Compute::F32 => as_f32(value),
                Compute::I32 => Whole(saturated(half_to_even, value, DType::I32)),
                Compute::U32 => Whole(saturated(half_to_even, value, DType::U32)),
                Compute::Bool => Whole(match value {
                    Whole(whole) => i128::from(whole != 0),
                    Float(float) => i128::from(float != 0.0),
                }),
            };
            stored(half_to_even, loaded, to)
        }
        Case::Convert { to, nearest } => {
            let round = if nearest { half_to_even } else { towards_zero };
            // Only f16 is made of 64 bits by way of f32.
            let by_f32 = to == DType::F16 && from.size() == 8;
            stored(round, if by_f32 { as_f32(value) } else { value }, to)
        }
        Case::As(to) => stored(towards_zero, as_f32(value), to),
        Case::Pixel => stored(half_to_even, value, from),
    }
}

fn as_f32(value: Exact) -> Exact {
    Float(match value {
        Whole(whole) => (whole as f32).into(),
        Float(float) => (float as f32).into(),
    })
}

/// The bits of a value in a type.
fn stored(round: fn(f64) -> f64, value: Exact, to: DType) -> u64 {
    if to.is_integer() {
        return saturated(round, value, to) as u64;
    }
    let float = match value {
        // Rounded once: to f32 where that is stored, to f64 where that is. What is stored as f16 fits into either.
        Whole(whole) if to == DType::F32 => (whole as f32).into(),
        Whole(whole) => whole as f64,
        Float(float) => float,
    };
    match (to, float.is_nan()) {
        (DType::F64, true) => 0x7ff8_0000_0000_0000,
        (DType::F64, false) => float.to_bits(),
        (DType::F16, true) => 0x7e00,
        (DType::F16, false) => half_bits(float),
        (_, true) => 0x7fc0_0000,
        (_, false) => (float as f32).to_bits().into(),
    }
}

/// The nearest f16, of two the even one.
fn half_bits(value: f64) -> u64 {
    let sign = u64::from(value.is_sign_negative()) << 15;
    let size = value.abs();
    if size >= 65_520.0 {
        return sign | 0x7c00;
    }
    // The exponent of the spacing around the value; below 2⁻¹⁴ it stays.
    let exponent = (-14..16).rev().find(|&exponent| size >= 2_f64.powi(exponent)).unwrap_or(-14);
    let steps = half_to_even(size * 2_f64.powi(10 - exponent)) as u64;
    // 2048 steps are the next power of two, as the bits count.
    sign | ((((exponent + 14) as u64) << 10) + steps)
}

fn saturated(round: fn(f64) -> f64, value: Exact, to: DType) -> i128 {
    let (low, high) = limits(to);
    match value {
        Whole(whole) => whole.clamp(low, high),
        // Beyond i128 `as` saturates, and NaN becomes 0.
        Float(float) => (round(float) as i128).clamp(low, high),
    }
}

fn half_to_even(value: f64) -> f64 {
    let below = value.floor();
    let above = below + 1.0;
    if value.is_nan() || value.is_infinite() || below == value {
        value
    } else if value - below < above - value {
        below
    } else if value - below > above - value {
        above
    } else if (below * 0.5).floor() == below * 0.5 {
        below
    } else {
        above
    }
}

fn towards_zero(value: f64) -> f64 {
    if value < 0.0 { value.ceil() } else { value.floor() }
}

/// The smallest and the largest value of an integer type.
fn limits(dtype: DType) -> (i128, i128) {
    let bits = 8 * dtype.size() as u32;
    if dtype.is_signed() { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

/// The values of a wide type that are tested in any case.
fn sample(dtype: DType) -> Vec<u64> {
    match dtype {
        DType::F64 => doubles(),
        DType::U64 | DType::I64 => wide_integers(),
        _ => words(dtype).into_iter().map(u64::from).collect(),
    }
}

/// Values without a pattern.
fn noise() -> impl Iterator<Item = u64> {
    (0..1 << 15).map(|step: u64| {
        let mixed = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    })
}

fn doubles() -> Vec<u64> {
    let mut bits: Vec<u64> = noise().collect();
    // Every sign and exponent, with mantissas at both ends, around the middle, and around the middle of what an f32 and an f16 hold.
    for head in 0..4096_u64 {
        let middles = [1 << 51, 1 << 28, 1 << 29, 3 << 28, 1 << 41, 3 << 41];
        let mantissas = middles.into_iter().flat_map(|middle: u64| [middle - 1, middle, middle + 1]);
        bits.extend(mantissas.chain([0, 1, (1 << 52) - 1]).map(|mantissa| head << 52 | mantissa));
    }
    // Around integers and halves, and around the limits of the integer types.
    let around = |value: f64| [-1_i64, 0, 1].map(|step| value.to_bits().wrapping_add_signed(step));
    bits.extend((-1400..=1400).flat_map(|twice| around(f64::from(twice) / 2.0)));
    for exponent in [7, 8, 15, 16, 24, 31, 32, 53, 63, 64] {
        let power = 2_f64.powi(exponent);
        let near = [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0].map(|step| power + step);
        bits.extend(near.into_iter().flat_map(|value| [around(value), around(-value)]).flatten());
    }
    bits
}

fn wide_integers() -> Vec<u64> {
    let mut bits: Vec<u64> = noise().collect();
    // Around the powers of two, and the halves between neighbouring f32.
    for exponent in 0..64 {
        let power = 1_u64 << exponent;
        let half_ulp = power >> 24;
        let ties =
            (0..if half_ulp > 0 { 50 } else { 1 }).map(|multiple| power.wrapping_add(half_ulp.wrapping_mul(multiple)));
        let near = ties.flat_map(|tie| (0..9).map(move |step| tie.wrapping_add(step).wrapping_sub(4)));
        bits.extend(near.flat_map(|value| [value, value.wrapping_neg()]));
    }
    bits
}

/// The values of a type of 32 bits.
fn words(dtype: DType) -> Vec<u32> {
    // An odd stride meets every combination of the low bits, and all the high ones.
    let mut bits: Vec<u32> = (0..1 << 18).map(|step: u32| step.wrapping_mul(16_381)).collect();
    if dtype == DType::F32 {
        // Every sign and exponent, with mantissas at both ends, around the middle, and of one bit.
        for head in 0..512_u32 {
            let mantissas =
                (0..6).chain(0x7f_fffa..0x80_0000).chain(0x3f_fffd..0x40_0003).chain((3..23).map(|bit| 1 << bit));
            bits.extend(mantissas.map(|mantissa| head << 23 | mantissa));
        }
        // Around every integer, and every half between two, that a type of 16 bits holds or just misses.
        let around =
            |value: f32, by: u32| (0..=2 * by).map(move |step| value.to_bits().wrapping_add(step).wrapping_sub(by));
        for twice in -2 * 33_000..=2 * 66_000 {
            bits.extend(around(twice as f32 / 2.0, 1));
        }
        // Around the limits of the wide types, and where an f32 ceases to hold halves and odd integers.
        for exponent in [22, 23, 24, 30, 31, 32, 33] {
            bits.extend(around(2_f32.powi(exponent), 300).chain(around(-2_f32.powi(exponent), 300)));
        }
    } else {
        // Around the powers of two, and the halves between neighbouring f32.
        for exponent in 0..32 {
            let power = 1_u32 << exponent;
            bits.extend((0..9).map(|step| power.wrapping_add(step).wrapping_sub(4)));
            bits.extend((0..9).map(|step| power.wrapping_neg().wrapping_add(step).wrapping_sub(4)));
            let half_ulp = power >> 24;
            for multiple in 0..if half_ulp > 0 { 200 } else { 0 } {
                let tie = power.wrapping_add(half_ulp.wrapping_mul(multiple));
                bits.extend([tie.wrapping_sub(1), tie, tie.wrapping_add(1)]);
                bits.extend([
                    tie.wrapping_neg().wrapping_sub(1),
                    tie.wrapping_neg(),
                    tie.wrapping_neg().wrapping_add(1),
                ]);
            }
        }
    }
    bits
}
