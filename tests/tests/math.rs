//! The mathematical functions: how far they are from the exact value, and that every backend computes the same bits.
//!
//! Each function is an operation of its own here, and is run on images of arguments. The reference is the function of f64, whose own
//! error is below a millionth of a unit in the last place of an f32. By default arguments are taken from all over the numbers, with
//! the special ones among them; `KERNWERK_EXHAUSTIVE=1` takes all 2^32 and prints the table that the documentation shows.

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_PI_2, FRAC_PI_4, LN_2, PI, SQRT_2, TAU};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use kernwerk::prelude::*;
use ndarray::Array2;

macro_rules! operations {
    ($($name:ident($($argument:ident),+))*) => {
        mod operations {
            use kernwerk::prelude::*;
            $(
                /// The function of the same name.
                #[gpu_op(pointwise)]
                pub(crate) fn $name($($argument: f32),+) -> f32 {
                    kernwerk::math::$name($($argument),+)
                }
                const _: () = assert!($name::EXACT);
            )*
        }
    };
}
operations! {
    exp(x) exp2(x) exp_m1(x) ln(x) ln_1p(x) log2(x) log10(x)
    sin(x) cos(x) tan(x) asin(x) acos(x) atan(x) sinh(x) cosh(x) tanh(x) cbrt(x) erf(x) erfc(x)
    pow(x, y) atan2(x, y) hypot(x, y)
}

/// What f(−x) is.
#[derive(Clone, Copy, PartialEq)]
enum Symmetry {
    None,
    Odd,
    Even,
}
use Symmetry::{Even, None as Neither, Odd};

struct Unary {
    name: &'static str,
    operation: fn(&Image<f32>) -> kernwerk::Expr<f32>,
    reference: fn(f64) -> f64,
    symmetry: Symmetry,
    /// The documented bound, in units in the last place.
    bound: f64,
}

struct Binary {
    name: &'static str,
    operation: fn(&Image<f32>, &Image<f32>) -> kernwerk::Expr<f32>,
    reference: fn(f64, f64) -> f64,
    bound: f64,
}

macro_rules! unary {
    ($($name:ident $symmetry:ident $bound:literal $reference:expr;)*) => {
        const UNARY: &[Unary] = &[$(Unary {
            name: stringify!($name),
            operation: |x| operations::$name(x),
            reference: $reference,
            symmetry: $symmetry,
            bound: $bound,
        }),*];
    };
}
unary! {
    exp Neither 0.758 f64::exp;
    exp2 Neither 0.759 f64::exp2;
    exp_m1 Neither 0.866 f64::exp_m1;
    ln Neither 0.616 f64::ln;
    ln_1p Neither 0.624 f64::ln_1p;
    log2 Neither 0.691 f64::log2;
    log10 Neither 0.633 f64::log10;
    sin Odd 0.723 f64::sin;
    cos Even 0.721 f64::cos;
    tan Odd 0.881 f64::tan;
    asin Odd 0.621 f64::asin;
    acos Neither 0.602 f64::acos;
    atan Odd 0.658 f64::atan;
    sinh Odd 0.730 f64::sinh;
    cosh Even 0.596 f64::cosh;
    tanh Odd 0.762 f64::tanh;
    cbrt Odd 0.501 f64::cbrt;
    erf Odd 0.751 erf;
    erfc Neither 0.794 erfc;
}

const BINARY: &[Binary] = &[
    Binary { name: "pow", operation: |x, y| operations::pow(x, y), reference: f64::powf, bound: 0.76 },
    Binary { name: "atan2", operation: |x, y| operations::atan2(x, y), reference: f64::atan2, bound: 0.751 },
    Binary { name: "hypot", operation: |x, y| operations::hypot(x, y), reference: f64::hypot, bound: 0.751 },
];

/// The error function by its series, all terms of which are positive.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return 1_f64.copysign(x);
    }
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * x * (-x * x).exp() * sum
}

/// The complementary error function: from 2.5 on by its continued fraction.
fn erfc(x: f64) -> f64 {
    if x < 2.5 {
        return 1.0 - erf(x);
    }
    if x > 30.0 {
        return 0.0;
    }
    let fraction = (1..100).rev().fold(x, |rest, n| x + 0.5 * f64::from(n) / rest);
    std::f64::consts::FRAC_2_SQRT_PI / 2.0 * (-x * x).exp() / fraction
}

/// The error of `got`, in units in the last place of f32; infinite where it has to be infinite, NaN, or a zero of a sign, and is not.
fn error(got: f32, exact: f64) -> f64 {
    const LARGEST: f64 = f32::MAX as f64;
    let unit = |exponent: i32| 2_f64.powi(exponent - 23);
    let overflows = exact.abs() >= LARGEST + unit(126);
    if exact.is_nan() || exact == 0.0 || exact.is_infinite() || got.is_nan() {
        let same = (exact.is_nan() && got.is_nan())
            || (f64::from(got) == exact && got.is_sign_negative() == exact.is_sign_negative());
        return if same { 0.0 } else { f64::INFINITY };
    }
    if got.is_sign_negative() != exact.is_sign_negative() {
        return f64::INFINITY;
    }
    if got.is_infinite() {
        return if overflows { 0.0 } else { (LARGEST + unit(127) - exact.abs()) / unit(127) };
    }
    let exponent = ((exact.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    (f64::from(got) - exact).abs() / unit(exponent.clamp(-126, 127))
}

/// The largest error so far and where it is.
#[derive(Clone, Copy, Default)]
struct Worst {
    error: f64,
    at: (f32, f32),
}

impl Worst {
    fn note(&mut self, error: f64, x: f32, y: f32) {
        if error > self.error {
            *self = Worst { error, at: (x, y) };
        }
    }

    fn check(&self, name: &str, bound: f64) {
        let Worst { error, at: (x, y) } = self;
        assert!(*error <= bound, "{name}({x:e}, {y:e}) is wrong by {error} ulp; the bound is {bound}");
    }
}

/// 0, 1, infinity, NaN, ends of ranges, halves, multiples of π/4, and their neighbours, with both signs.
fn special() -> Vec<f32> {
    let numbers = [
        0.0,
        f32::MIN_POSITIVE,
        0.25,
        0.375,
        SQRT_2 - 1.0,
        0.5,
        FRAC_1_SQRT_2,
        0.875,
        1.0,
        SQRT_2,
        1.5,
        2.0,
        3.0,
        4.0,
        5.0,
        10.0,
        100.0,
        1000.0,
        FRAC_PI_4,
        FRAC_PI_2,
        3.0 * FRAC_PI_4,
        PI,
        3.0 * FRAC_PI_2,
        TAU,
        0.5 * LN_2,
        LN_2,
        1.5 * LN_2,
        88.72284,
        89.0,
        89.41599,
        90.0,
        103.27893,
        103.97208,
        104.0,
        126.0,
        127.0,
        128.0,
        129.0,
        149.0,
        150.0,
        151.0,
        10.05,
        10.15,
        131_072.0,
        8_388_608.0,
        16_777_216.0,
        33_554_432.0,
        1e10,
        1e20,
        f32::MAX,
        f32::INFINITY,
    ];
    let near = numbers.iter().flat_map(|number: &f32| {
        let bits = number.to_bits();
        (bits.saturating_sub(2)..=bits + 2).map(f32::from_bits)
    });
    let near = near.chain([f32::NAN, f32::from_bits(1), f32::from_bits(0x0040_0000)]);
    near.flat_map(|number| [number, -number]).collect()
}

/// Numbers without pattern (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn any(&mut self) -> f32 {
        f32::from_bits(self.next() as u32)
    }
}

/// Arguments for functions of two: any with any; of similar size; and for `pow`, results of all sizes and whole exponents.
fn pairs(name: &str, count: usize) -> Vec<(f32, f32)> {
    let special = special();
    let mut random = Random(2026);
    let mut pairs: Vec<(f32, f32)> = special.iter().flat_map(|&x| special.iter().map(move |&y| (x, y))).collect();
    for round in 0..count {
        let x = random.any();
        pairs.push(match (name, round % 4) {
            (_, 0) => (x, random.any()),
            (_, 1) => (x, special[round / 4 % special.len()]),
            ("pow", 2) => {
                let x = if round % 8 < 4 { x.abs() } else { random.between(0.5, 2.0) as f32 };
                (x, (random.between(-151.0, 129.0) / f64::from(x).log2()) as f32)
            }
            ("pow", _) => (random.between(-64.0, 64.0) as f32, random.between(-40.0, 40.0).trunc() as f32),
            _ => (x, (f64::from(x) * random.between(-24.0, 24.0).exp2()) as f32),
        });
    }
    pairs
}

const WIDTH: usize = 2048;

/// Numbers as an image, the rest of the last row filled with zeros.
fn image(device: &Device, numbers: impl ExactSizeIterator<Item = f32>) -> Image<f32> {
    let rows = numbers.len().div_ceil(WIDTH);
    let mut data: Vec<f32> = numbers.collect();
    data.resize(rows * WIDTH, 0.0);
    device.upload(Array2::from_shape_vec((rows, WIDTH), data).unwrap().view()).unwrap()
}

fn values(expression: kernwerk::Expr<f32>) -> Vec<f32> {
    let values: Array2<f32> = expression.download().unwrap();
    values.into_raw_vec_and_offset().0
}

/// The other backends that are present.
fn others() -> Vec<Device> {
    let open = |backend: &&str| {
        let device = Device::open(backend, None);
        if device.is_err() {
            println!("not run: {backend} is not present");
        }
        device.ok()
    };
    ["opencl", "cuda"].iter().filter_map(open).collect()
}

fn assert_same_bits(
    name: &str,
    device: &Device,
    found: &[f32],
    expected: &[f32],
    arguments: impl Fn(usize) -> (f32, f32),
) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (x, y) = arguments(index);
        assert_eq!(
            found.to_bits(),
            expected.to_bits(),
            "{name}({x:e}, {y:e}) on {device:?}: {found:e}, on the CPU {expected:e}"
        );
    }
}

#[test]
fn functions_of_one_argument_keep_their_bounds_everywhere() {
    const STRIDE: usize = 20_011;
    let arguments: Vec<f32> = (0..=u32::MAX).step_by(STRIDE).map(f32::from_bits).chain(special()).collect();
    let cpu = Device::cpu();
    let on_cpu = image(&cpu, arguments.iter().copied());
    let others: Vec<_> =
        others().into_iter().map(|device| (image(&device, arguments.iter().copied()), device)).collect();
    for Unary { name, operation, reference, bound, .. } in UNARY {
        let results = values(operation(&on_cpu));
        let mut worst = Worst::default();
        for (&x, &result) in arguments.iter().zip(&results) {
            worst.note(error(result, reference(f64::from(x))), x, 0.0);
        }
        worst.check(name, *bound);
        for (arguments_there, device) in &others {
            let found = values(operation(arguments_there));
            assert_same_bits(name, device, &found, &results, |index| {
                (arguments.get(index).copied().unwrap_or(0.0), 0.0)
            });
        }
    }
}

#[test]
fn functions_of_two_arguments_keep_their_bounds_everywhere() {
    let cpu = Device::cpu();
    let others = others();
    for Binary { name, operation, reference, bound } in BINARY {
        let count = if exhaustive() { 1 << 26 } else { 1 << 17 };
        let arguments = pairs(name, count);
        let on = |device: &Device| {
            let (x, y) = (
                image(device, arguments.iter().map(|pair| pair.0)),
                image(device, arguments.iter().map(|pair| pair.1)),
            );
            values(operation(&x, &y))
        };
        let results = on(&cpu);
        let mut worst = Worst::default();
        for (&(x, y), &result) in arguments.iter().zip(&results) {
            worst.note(error(result, reference(f64::from(x), f64::from(y))), x, y);
        }
        println!("{name:8} {:.4} ulp at {:e}, {:e}", worst.error, worst.at.0, worst.at.1);
        worst.check(name, *bound);
        for device in &others {
            assert_same_bits(name, device, &on(device), &results, |index| {
                arguments.get(index).copied().unwrap_or((0.0, 0.0))
            });
        }
    }
}

#[test]
fn round_results_are_exact() {
    use kernwerk::math;
    for k in -149..128 {
        let power = 2_f64.powi(k) as f32;
        assert_eq!(math::exp2(k as f32), power);
        assert_eq!(math::log2(power), k as f32);
        assert_eq!(math::pow(2.0, k as f32), power);
        assert_eq!(math::pow(power, 1.0), power);
    }
    for k in 0..=10 {
        assert_eq!(math::log10(10_f64.powi(k) as f32), k as f32);
        assert_eq!(math::pow(10.0, k as f32), 10_f64.powi(k) as f32);
    }
    for k in -200_i16..=200 {
        let k = f32::from(k);
        assert_eq!(math::cbrt(k * k * k), k);
        assert_eq!(math::pow(k, 2.0), k * k);
        assert_eq!(math::hypot(3.0 * k, 4.0 * k), 5.0 * k.abs());
    }
}

fn exhaustive() -> bool {
    std::env::var_os("KERNWERK_EXHAUSTIVE").is_some_and(|value| value == "1")
}

/// The largest error over all 2^32 arguments, and every other backend's bits against those of the CPU.
fn over_all(function: &Unary, cpu: &Device, others: &[Device]) -> Worst {
    let next = AtomicU32::new(0);
    let work = || {
        let mut worst = Worst::default();
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= (1 << 31) / CHUNK {
                return worst;
            }
            over_chunk(function, chunk * CHUNK, cpu, others, &mut worst);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let found = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut worst = Worst::default();
    for Worst { error, at: (x, y) } in found {
        worst.note(error, x, y);
    }
    worst
}

const CHUNK: u32 = 1 << 20;

/// The arguments with the bits from `start` on, and their negatives: the reference of an odd or even function is computed once for both.
fn over_chunk(function: &Unary, start: u32, cpu: &Device, others: &[Device], worst: &mut Worst) {
    let on = |device: &Device, sign: u32| {
        let arguments = (0..CHUNK as usize).map(|index| f32::from_bits((start + index as u32) | sign));
        values((function.operation)(&image(device, arguments)))
    };
    let (positive, negative) = (on(cpu, 0), on(cpu, 1 << 31));
    for device in others {
        for (sign, expected) in [(0, &positive), (1 << 31, &negative)] {
            let argument = |index| (f32::from_bits((start + index as u32) | sign), 0.0);
            assert_same_bits(function.name, device, &on(device, sign), expected, argument);
        }
    }
    for (bits, (&result, &mirrored)) in (start..).zip(positive.iter().zip(&negative)) {
        let x = f32::from_bits(bits);
        let exact = (function.reference)(f64::from(x));
        let exact_mirrored = match function.symmetry {
            Neither => (function.reference)(f64::from(-x)),
            Odd => -exact,
            Even => exact,
        };
        worst.note(error(result, exact), x, 0.0);
        worst.note(error(mirrored, exact_mirrored), -x, 0.0);
    }
}

#[test]
fn all_arguments_keep_the_bounds() {
    if !exhaustive() {
        println!("not run: KERNWERK_EXHAUSTIVE=1 takes all arguments");
        return;
    }
    let (cpu, others) = (Device::cpu(), others());
    let asked = std::env::var("KERNWERK_FUNCTIONS").unwrap_or_default();
    for function in UNARY {
        if asked.is_empty() || asked.split(',').any(|name| name == function.name) {
            let start = Instant::now();
            let worst = over_all(function, &cpu, &others);
            let seconds = start.elapsed().as_secs_f32();
            println!("| `{}` | {:.4} | {:e} | {seconds:.0} s", function.name, worst.error, worst.at.0);
            worst.check(function.name, function.bound);
        }
    }
}
