//! The test kit itself: it accepts what is right, finds what is wrong, and says where.

use std::panic::catch_unwind;

use kernwerk::KernelOp;
use kernwerk::prelude::*;
use kernwerk_testkit::{Values, catalogue, check, golden};
use ndarray::{ArrayD, IxDyn};

/// Distance from a threshold.
#[gpu_op(pointwise)]
pub fn above(image: f32, #[param(default = 3.5)] threshold: f32) -> f32 {
    (image - threshold).abs()
}

/// Sum over a box.
#[gpu_op(neighborhood)]
pub fn surroundings(w: Window<f32>, #[param(default = 1)] radius: PerAxis<u32>) -> f32 {
    w.cuboid(radius).sum()
}

/// The larger of two images of labels.
#[gpu_op(pointwise)]
pub fn larger<T: Pixel>(first: T, second: T) -> T {
    max(first, second)
}

/// Quotient and remainder by 7.
#[gpu_op(pointwise)]
pub fn by_seven(image: u32) -> (u32, f32) {
    (image / 7, (image % 7) as f32)
}

/// How many voxels are set.
pub struct SetCount;

/// Number of voxels that are not 0.
#[gpu_op(reduction, whole = "set_voxels", projection = "set_voxels_along_{axis}")]
impl Reduction<bool> for SetCount {
    type State = u32;
    type Output = u32;
    fn identity() -> u32 {
        0
    }
    fn step(state: u32, pixel: bool, _at: Position) -> u32 {
        if pixel { state + 1 } else { state }
    }
    fn merge(a: u32, b: u32) -> u32 {
        a + b
    }
    fn finish(state: u32, _count: f32) -> u32 {
        state
    }
}

/// Blurs, then thresholds.
#[gpu_op(composite)]
pub fn bright(image: AnyExpr, #[param(default = 2.0)] sigma: PerAxis<f32>) -> Expr<f32> {
    gaussian_blur(&image, sigma) - 1.0
}

#[test]
fn right_operations_pass() {
    check(&above::INFO)
        .dtypes(DType::ALL)
        .params(["{}", r#"{"threshold": -1}"#])
        .against(|call, at| (call.value(0, at) - call.f32("threshold")).abs())
        .run();
    check(&surroundings::INFO)
        .params([r#"{"radius": [2, 0, 1]}"#])
        .against(|call, at| {
            let radius = call.radius("radius");
            let mut sum = 0.0_f32;
            for dz in -radius.z..=radius.z {
                for dy in -radius.y..=radius.y {
                    for dx in -radius.x..=radius.x {
                        sum += call.near(0, at, [dx, dy, dz]);
                    }
                }
            }
            sum
        })
        .run();
    check(&larger::INFO)
        .dtypes(DType::ALL)
        .values([Values::Sparse, Values::Labels])
        .against(|call, at| call.exact(0, at).max(call.exact(1, at)))
        .run();
    check(&bright::INFO).shapes([[3, 4, 5]]).dtypes([DType::U8]).run();
}

#[test]
fn several_results_numbers_and_projections_have_plain_functions_too() {
    check(&by_seven::INFO)
        .dtypes([DType::U8, DType::U32])
        .against_each(|call, at| vec![(call.exact(0, at) / 7.0).floor(), call.exact(0, at) % 7.0])
        .run();
    check(&set_voxels::INFO)
        .values([Values::Sparse])
        .against_number(|call| call.array(0).iter().filter(|&&value| value != 0.0).count() as f64)
        .run();
    check(&set_voxels_along_x::INFO)
        .values([Values::Sparse])
        .against_image(|call| {
            let array = call.array(0);
            // Images keep two axes at least.
            let mut shape = array.shape().to_vec();
            shape.pop();
            if shape.len() == 1 {
                shape.push(1);
            }
            let rows = array.rows().into_iter();
            let counts = rows.map(|row| row.iter().filter(|&&value| value != 0.0).count() as f32).collect();
            ArrayD::from_shape_vec(IxDyn(&shape), counts).expect("one number per row")
        })
        .run();
}

#[test]
fn a_wrong_formula_is_found_and_its_place_told() {
    let report = check(&above::INFO)
        .shapes([[2, 3, 4]])
        .dtypes([DType::F32])
        .against(|call, at| {
            let right = (call.value(0, at) - 3.5).abs();
            if (at.x, at.y, at.z) == (2, 1, 1) { right + 1.0 } else { right }
        })
        .report();
    assert!(!report.passed());
    assert_eq!((report.calls, report.referred, report.differences.len()), (2, 1, 1));
    let told = &report.differences[0];
    assert!(told.starts_with("above(f32) zyx [2, 3, 4] nearest threshold=3.5 Random: 1 of 24 voxels differ"), "{told}");
    assert!(told.contains("the first at [1, 1, 2]:"), "{told}");
    assert!(told.contains("by the plain Rust function"), "{told}");
    assert!(
        report.to_string().contains("above on cpu: 2 calls, 1 compared with the plain Rust function, 1 differences")
    );
}

#[test]
fn a_tolerance_is_in_units_of_the_last_place() {
    let nearly = |ulp| {
        let check = check(&above::INFO).dtypes([DType::F32]).within(ulp);
        check.against(|call, at| f32::from_bits((call.value(0, at) - 3.5).abs().to_bits() + 2)).report().passed()
    };
    assert!(!nearly(0));
    assert!(!nearly(1));
    assert!(nearly(2));
}

#[test]
fn what_cannot_be_checked_fails() {
    let failing = [
        check(&above::INFO).shapes::<[usize; 2]>([]).report(),
        check(&above::INFO).shapes([[7]]).report(),
        check(&above::INFO).params(["threshold=3"]).report(),
        check(&above::INFO).params([r#"{"treshold": 3}"#]).report(),
        check(&above::INFO).against_number(|_| 1.0).report(),
        check(&larger::INFO).dtypes([DType::U8]).input(1, DType::F32).report(),
    ];
    for report in failing {
        assert!(!report.passed(), "{report}");
    }
    let typo = check(&above::INFO).params([r#"{"treshold": 3}"#]).report().differences;
    assert!(typo[0].contains("did you mean `threshold`?"), "{typo:?}");
}

const ABOVE: &[&KernelOp] = &[&above::KERNEL];
const BOTH: &[&KernelOp] = &[&above::KERNEL, &larger::KERNEL];

#[test]
fn golden_texts_are_compared_and_missing_ones_named() {
    let folder = std::env::temp_dir().join(format!("kernwerk-testkit-{}", std::process::id()));
    for (dialect, extension, text) in [("opencl", "cl", above::OPENCL), ("cuda", "cu", above::CUDA)] {
        std::fs::create_dir_all(folder.join(dialect)).unwrap();
        std::fs::write(folder.join(dialect).join(format!("above.{extension}")), text).unwrap();
    }
    golden(&folder, ABOVE);
    let message = |kernels: &'static [&'static KernelOp]| {
        let folder = folder.clone();
        let panic = catch_unwind(move || golden(folder, kernels)).unwrap_err();
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    };
    assert!(message(&[]).contains("above.cl: there is no such kernel"));
    assert!(message(BOTH).contains("larger.cu: the file is missing"));
    std::fs::write(folder.join("cuda/above.cu"), above::CUDA.replace("threshold", "limit")).unwrap();
    let told = message(ABOVE);
    assert!(told.contains("above.cu, line ") && told.contains("KERNWERK_BLESS=1"), "{told}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_catalogue_has_its_names_to_itself() {
    catalogue(&[&above::INFO, &surroundings::INFO, &larger::INFO, &by_seven::INFO, &set_voxels::INFO, &bright::INFO]);
    let told = catch_unwind(|| catalogue(&[&above::INFO, &above::INFO, &gaussian_blur::INFO])).unwrap_err();
    let told = told.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(told.contains("above: the name `above` belongs to `above` too"), "{told}");
    assert!(told.contains("belongs to the standard operation `gaussian_blur` too"), "{told}");
}
