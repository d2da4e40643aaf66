//! Functions, tuples, arrays and bits in operations: the same values from every backend as from plain Rust.

use kernwerk::prelude::*;
use ndarray::Array2;

mod elsewhere {
    use kernwerk::prelude::*;

    /// Sum and rounding error (Knuth's two-sum).
    #[gpu_fn]
    pub(crate) fn two_sum(a: f32, b: f32) -> (f32, f32) {
        let sum = a + b;
        let part = sum - a;
        (sum, (a - (sum - part)) + (b - part))
    }

    /// Mixes the bits of a number (the finalizer of MurmurHash3).
    #[gpu_fn]
    pub(crate) fn mix(mut bits: u32) -> u32 {
        bits ^= bits >> 16u32;
        bits = bits.wrapping_mul(0x85eb_ca6b);
        bits ^= bits >> 13u32;
        bits = bits.wrapping_mul(0xc2b2_ae35);
        bits ^ (bits >> 16u32)
    }
}

use elsewhere::two_sum;

/// A function that calls functions.
#[gpu_fn]
fn compensated(a: f32, b: f32, c: f32) -> f32 {
    let (sum, error) = two_sum(a, b);
    let (sum, more) = two_sum(sum, c);
    sum + (error + more)
}

/// A value between 0 and 1 that depends on all bits of a pixel.
#[gpu_op(pointwise)]
pub fn scatter(pixel: f32) -> f32 {
    let mixed: u32 = self::elsewhere::mix(to_bits(pixel));
    (mixed >> 8u32) as f32 * f32::from_bits(0x3380_0000)
}

/// The sum of a pixel and two numbers that it swallows.
#[gpu_op(pointwise)]
pub fn careful_sum(pixel: f32, #[param(default = 0.001)] small: f32) -> f32 {
    let sum = compensated(pixel, small, small);
    if pixel.is_finite() { sum } else { copysign_of(pixel) }
}

#[gpu_fn]
fn copysign_of(x: f32) -> f32 {
    1.0_f32.copysign(x)
}

/// The second largest of the four direct neighbours in x and y.
#[gpu_op(neighborhood)]
pub fn second_of_four(w: Window<f32>) -> f32 {
    let mut best = [f32::NEG_INFINITY; 2];
    let around = [w.at(-1, 0, 0), w.at(1, 0, 0), w.at(0, -1, 0), w.at(0, 1, 0)];
    for i in 0..4usize {
        let (mut low, mut high) = (best[1], around[i % 4]);
        if low > high {
            (low, high) = (high, low);
        }
        best[1] = high;
        best[0] = max(best[0], low);
    }
    let pair = (best[0], best[1]);
    best[1] -= pair.1;
    pair.0 + best[1]
}

/// Sums with a pair, through a function.
pub struct PairSum;

#[gpu_op(reduction, whole = "sum_by_pairs")]
impl Reduction<f32> for PairSum {
    type State = (f32, f32);
    type Output = f32;
    fn identity() -> (f32, f32) {
        (0.0, 0.0)
    }
    fn step(mut state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        state.1 += 0.0;
        let (sum, error) = two_sum(state.0, pixel);
        (sum, state.1 + error)
    }
    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        let (sum, error) = elsewhere::two_sum(a.0, b.0);
        (sum, a.1 + b.1 + error)
    }
    fn finish(state: (f32, f32), _count: f32) -> f32 {
        state.0 + state.1
    }
}

fn image() -> Array2<f32> {
    Array2::from_shape_fn((17, 23), |(y, x)| match (y * 23 + x) % 29 {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => -0.0,
        n => ((y * 7919 + x * 104_729) % 997) as f32 / (n as f32) - 20.0,
    })
}

fn everywhere(check: impl Fn(&str, &Device)) {
    for backend in ["cpu", "opencl", "cuda"] {
        match Device::open(backend, None) {
            Ok(device) => check(backend, &device),
            Err(_) => println!("not run: {backend} is not present"),
        }
    }
}

fn bits(image: &Array2<f32>) -> Vec<u32> {
    image.iter().map(|&value| kernwerk::lang::to_bits(value)).collect()
}

#[test]
fn bits_are_mixed_alike() {
    let data = image();
    let expected = data.map(|&pixel| {
        let mut bits = if pixel.is_nan() { 0x7fc0_0000 } else { pixel.to_bits() };
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
        bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
        ((bits ^ (bits >> 16)) >> 8) as f32 / 16_777_216.0
    });
    everywhere(|backend, device| {
        let image = device.upload(data.view()).unwrap();
        let result: Array2<f32> = scatter(&image).download().unwrap();
        assert_eq!(bits(&result), bits(&expected), "{backend}");
    });
}

#[test]
fn functions_call_functions() {
    let data = image();
    let expected = data.map(|&pixel| {
        if !pixel.is_finite() {
            return if pixel == f32::NEG_INFINITY { -1.0 } else { 1.0 };
        }
        (f64::from(pixel) + 2.0 * f64::from(0.001_f32)) as f32
    });
    everywhere(|backend, device| {
        let image = device.upload(data.view()).unwrap();
        let result: Array2<f32> = careful_sum(&image, 0.001).download().unwrap();
        assert_eq!(result, expected, "{backend}");
    });
}

#[test]
fn arrays_hold_what_is_put_there() {
    let data = Array2::from_shape_fn((9, 11), |(y, x)| ((y * 37 + x * 101) % 53) as f32);
    let at = |y: i64, x: i64| data[(y.clamp(0, 8) as usize, x.clamp(0, 10) as usize)];
    let expected = Array2::from_shape_fn((9, 11), |(y, x)| {
        let (y, x) = (y as i64, x as i64);
        let mut around = [at(y, x - 1), at(y, x + 1), at(y - 1, x), at(y + 1, x)];
        around.sort_by(f32::total_cmp);
        around[2]
    });
    everywhere(|backend, device| {
        let image = device.upload(data.view()).unwrap();
        let result: Array2<f32> = second_of_four(&image).download().unwrap();
        assert_eq!(result, expected, "{backend}");
    });
}

#[test]
fn reductions_call_functions() {
    let data = Array2::from_shape_fn((100, 100), |(y, x)| if (y + x) % 2 == 0 { 1.0e7_f32 } else { 0.125 });
    everywhere(|backend, device| {
        let image = device.upload(data.view()).unwrap();
        assert_eq!(sum_by_pairs(&image).eval().unwrap(), 49_999_998_976.0, "{backend}");
    });
}

#[test]
fn texts_hold_each_function_once_and_before_its_callers() {
    for text in [careful_sum::OPENCL, careful_sum::CUDA] {
        let position = |name: &str| {
            let definition = format!("{name}(const float");
            assert_eq!(text.matches(&definition).count(), 1, "{name}");
            text.find(&definition).unwrap()
        };
        assert!(position("fn_two_sum") < position("fn_compensated"));
        assert!(position("fn_compensated") < text.find("careful_sum_body(").unwrap());
    }
    let again = kernwerk_codegen::emit::text(&careful_sum::IR, &kernwerk_codegen::emit::Cuda);
    assert_eq!(again, careful_sum::CUDA, "the runtime writes the text that the macro exported");
    const { assert!(careful_sum::EXACT) };
}
