//! What the compiler finds out about operations: footprint, costs, exactness, and the IR as text.

use kernwerk::prelude::*;
use kernwerk_codegen::analysis::{Separability, cost, exact, footprint, halo_words, inexact};
use kernwerk_codegen::ir::{Op, print};
use kernwerk_codegen::plan::{plan, reasons};

/// Brightens with the vendor's exponential.
#[gpu_op(pointwise)]
pub fn glow(pixel: f32, #[param(default = 1.0)] gamma: f32) -> f32 {
    let exponent = pixel * gamma;
    vendor::exp(pixel * gamma) + vendor::exp(exponent) - vendor::exp(pixel * gamma)
}

/// Doubles through a function that is not exact.
#[gpu_fn]
pub fn wobble(x: f32) -> f32 {
    2.0 * vendor::sin(x)
}

/// Calls that function.
#[gpu_op(pointwise)]
pub fn wobbly(pixel: f32) -> f32 {
    wobble(pixel)
}

/// Reads in many ways: constants, loop counters, window offsets, a window.
#[gpu_op(neighborhood)]
pub fn many_reads(w: Window<f32>, #[param(default = 1)] radius: PerAxis<u32>) -> f32 {
    let mut sum = w.center();
    for d in 1..4 {
        sum += w.at(-d, 0, 0) + w.at(2 - d, d, 0);
    }
    for (dx, dy, dz) in w.diamond(1).offsets() {
        sum = w.at(dx, dy, dz).mul_add(0.5, sum);
    }
    let mut i = 0;
    while i < 3 {
        sum = max(sum, w.ellipsoid(radius).max());
        i += 1;
    }
    sum
}

/// Steps to neighbours of a line.
#[gpu_op(neighborhood(separable))]
pub fn steps(line: Line<f32>) -> f32 {
    (line.at(-1) - line.at(2)) / line.window(2).sum()
}

/// Precedence as Rust has it.
#[gpu_op(pointwise)]
pub fn precedence(a: f32, b: i32, at: Position) -> f32 {
    let bits = (b & 3) == 1 || ((b << 2) | 1) < (b as f32) as i32;
    let difference = a - (a - 1.0) - a * (a + 1.0);
    let chosen = (if bits { -difference } else { (-a).abs() }) * 2.0;
    if (a as i32) < at.x() && !(bits && a > 0.0) { chosen / (a / 2.0) } else { chosen }
}

fn library(name: &str) -> &'static Op {
    let kernels = kernwerk_kernels::kernels();
    &kernels.iter().find(|kernel| kernel.name == name).unwrap_or_else(|| panic!("there is no kernel `{name}`")).op.ir
}

#[test]
fn an_operation_that_is_not_exact_names_the_expression() {
    let found: Vec<String> = inexact(&glow::IR).iter().map(ToString::to_string).collect();
    let of = |argument: &str| format!("`vendor::exp({argument})` in `body`, up to 3 ulp");
    assert_eq!(found, [of("pixel * gamma"), of("exponent")]);
    let [inside] = &inexact(&wobbly::IR)[..] else { panic!("one call is inexact") };
    assert_eq!(inside.to_string(), "`vendor::sin(x)` in `wobble`, up to 4 ulp");
    assert!(!exact(&glow::IR) && !exact(&wobbly::IR) && exact(&many_reads::IR));
    for kernel in kernwerk_kernels::kernels() {
        assert_eq!(exact(&kernel.op.ir), inexact(&kernel.op.ir).is_empty(), "{}", kernel.name);
    }
}

#[test]
fn footprints_are_the_offsets_that_are_read() {
    let found = footprint(&many_reads::IR);
    let expected = [[0, 0, 0], [-3, 0, 0], [-2, 0, 0], [-1, 0, 0], [1, 1, 0], [0, 2, 0], [-1, 3, 0]];
    let mut sorted = expected;
    sorted.sort_by_key(|&[x, y, z]| [z, y, x]);
    assert_eq!(found.offsets, sorted);
    assert_eq!(found.windows.len(), 2, "{found:?}");
    assert_eq!((found.unknown, found.separability), (false, Separability::No));
    for (op, words, separability) in [
        (library("absolute"), "the voxel itself", Separability::Trivial),
        (library("sobel"), "27 voxels, all of the box from (-1, -1, -1) to (1, 1, 1)", Separability::No),
        (library("gradient_y"), "2 voxels: (0, -1, 0), (0, 1, 0)", Separability::No),
        (library("maximum_sphere"), "the window w.ellipsoid(radius)", Separability::No),
        (
            library("gaussian_blur"),
            "as much of the line as gaussian_weights(sigma, truncate) is long",
            Separability::Declared,
        ),
        (&steps::IR, "2 voxels: -1, 2 along the line; the window line.window(2)", Separability::Declared),
    ] {
        let found = footprint(op);
        assert_eq!((found.words(op).as_str(), found.separability), (words, separability), "{}", op.name);
    }
    assert_eq!(halo_words(&steps::IR), "2 on each side");
}

/// loads, stores, flops, comparisons, vendor calls
fn figures(op: &Op) -> [String; 5] {
    let cost = cost(op);
    [cost.loads, cost.stores, cost.flops, cost.comparisons, cost.vendor_calls].map(|amount| amount.to_string())
}

#[test]
fn costs_are_counted_as_written() {
    assert_eq!(figures(&glow::IR), ["1", "1", "5", "0", "3"]);
    assert_eq!(figures(&wobbly::IR), ["1", "1", "1", "0", "1"]);
    // 1 centre, 3 rounds of 2 neighbours, 7 offsets; the ellipsoid once. 3 · 2 additions, 7 fused.
    assert_eq!(figures(&many_reads::IR), ["m + 14", "1", "20", "n + m", "0"]);
    let symbols = cost(&many_reads::IR).symbols;
    let symbols: Vec<_> = symbols.iter().map(|symbol| (symbol.name.as_str(), symbol.meaning.as_str())).collect();
    assert_eq!(symbols, [("n", "rounds of `while i < 3`"), ("m", "voxels of w.ellipsoid(radius)")]);
    // The window of 5 is summed; one difference, one quotient.
    assert_eq!(figures(&steps::IR), ["7", "1", "7", "0", "0"]);
    assert_eq!(figures(library("gaussian_blur")), ["n", "1", "2·n", "0", "0"]);
    let moved = |name: &str| cost(library(name)).moved;
    assert_eq!(moved("add_images"), Some((8, 4)));
    assert_eq!(moved("binary_and"), Some((2, 1)));
    assert_eq!(moved("mean"), Some((4, 0)));
    assert_eq!(moved("count_bins"), None);
    let known = cost(library("sobel")).flops.known();
    assert_eq!((known, cost(library("gaussian_blur")).flops.known()), (Some(126), None));
}

#[test]
fn the_ir_reads_like_the_body() {
    let text = print::op(&precedence::IR);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines[..3], ["pointwise precedence", "input a: f32", "input b: i32"]);
    for line in [
        "fn body(a: f32, b: i32) -> f32 {",
        "let bits: bool = (b & 3) == 1 || ((b << 2u32) | 1) < b as f32 as i32;",
        "let difference: f32 = a - (a - 1.0) - a * (a + 1.0);",
        "let chosen: f32 = (if bits { -difference } else { (-a).abs() }) * 2.0;",
        "if (a as i32) < at.x() && !(bits && a > 0.0) {",
        "return chosen / (a / 2.0);",
    ] {
        assert!(lines.contains(&line), "{line}\n{text}");
    }
    let text = print::op(&wobbly::IR);
    assert!(text.ends_with("\nfn wobble(x: f32) -> f32 {\n    return 2.0 * vendor::sin(x);\n}\n"), "{text}");
}

#[test]
fn every_kernel_has_a_reason() {
    for kernel in kernwerk_kernels::kernels() {
        let op = &kernel.op.ir;
        for kernel in plan(op).kernels {
            let reasons = reasons(op, &kernel);
            assert!(!reasons.is_empty(), "{}", kernel.name);
            assert!(reasons.iter().all(|reason| !reason.ends_with('.')), "{}: {reasons:?}", kernel.name);
        }
    }
}

#[test]
fn the_authors_text_is_kept() {
    let source = steps::SOURCE;
    let expected = "/// Steps to neighbours of a line.\n#[gpu_op(neighborhood(separable))]\npub fn steps(line: Line<f32>) -> f32 {\n    \
                    (line.at(-1) - line.at(2)) / line.window(2).sum()\n}";
    assert_eq!(source, expected);
    for op in kernwerk_kernels::catalogue() {
        assert!(op.source.contains("#[gpu_op("), "{}: {}", op.name, op.source);
    }
}
