//! The kernels of the Fourier transform: passes over lines, and what turns pairs of real numbers into complex ones.
//!
//! A pass of radix R turns the transforms of R lines that are interleaved into the one of the line that they make
//! (Cooley & Tukey 1965), in the order of Stockham (Cochran et al. 1967), in which no pass leaves anything permuted.
//! Lines lie side by side, so many as `inner`, which is part of every stride: of the M = N·inner / R items for such
//! lines of N elements, item i reads the elements i + S·((R - 1)·p + k), S the stride of the pass and p = ⌊i / S⌋,
//! multiplies each by the (p·k·unit)-th root of N, and writes the transform to i + M·j. So what is written lies side by
//! side for neighbouring items, and but for the last passes along x what is read does too. A pass moves 16 bytes for
//! each complex number; what it computes is far below what a GPU can in that time.
//!
//! Of the p·k·unit-th roots those of k = 1, 2, 4 and 8 are read; the others are products of two, which costs a rounding
//! and saves most of the reads, which are those of a table at places far apart.
//!
//! Invariant: real and imaginary parts lie anywhere, by `batch`, `real`, `imaginary` and `step` of input and output; a
//! buffer is read or written, never both.
use crate::catalogue::family;
use crate::prelude::*;

/// The product of two complex numbers: each part a product rounded once and a fused multiply-add.
#[gpu_fn]
pub(crate) fn complex_product(ar: f32, ai: f32, br: f32, bi: f32) -> (f32, f32) {
    (ar.mul_add(br, -(ai * bi)), ar.mul_add(bi, ai * br))
}

/// Where one of many is, of which 2^`tile` lie side by side in a tile, if the tiles lie `step` apart.
#[gpu_fn]
pub(crate) fn placed(number: usize, tile: usize, step: usize) -> usize {
    (number >> tile) * step + (number & ((1usize << tile) - 1))
}

/// The Fourier transform of two complex numbers.
#[gpu_fn]
pub(crate) fn transform_of_two(ar: f32, ai: f32, br: f32, bi: f32) -> (f32, f32, f32, f32) {
    (ar + br, ai + bi, ar - br, ai - bi)
}

/// The Fourier transform of four complex numbers: real parts, then imaginary parts.
#[gpu_fn]
#[allow(clippy::too_many_arguments, reason = "four complex numbers")]
pub(crate) fn transform_of_four(
    ar: f32,
    br: f32,
    cr: f32,
    dr: f32,
    ai: f32,
    bi: f32,
    ci: f32,
    di: f32,
) -> (f32, f32, f32, f32, f32, f32, f32, f32) {
    let (er, ei, fr, fi) = (ar + cr, ai + ci, ar - cr, ai - ci);
    let (gr, gi, hr, hi) = (br + dr, bi + di, br - dr, bi - di);
    (er + gr, fr + hi, er - gr, fr - hi, ei + gi, fi - hr, ei - gi, fi + hr)
}

/// What the Fourier transform of three numbers is made of: their sum, the part of the others that is even in the
/// frequency, and the one that is odd.
#[gpu_fn]
pub(crate) fn sums_of_three(a: f32, b: f32, c: f32) -> (f32, f32, f32) {
    let sum = b + c;
    // The sine of a third of a turn.
    (a + sum, sum.mul_add(-0.5, a), (b - c) * 0.866_025_4)
}

/// As [`sums_of_three()`], of five numbers: the even parts of the frequencies 1 and 2, then the odd ones.
#[gpu_fn]
pub(crate) fn sums_of_five(a: f32, b: f32, c: f32, d: f32, e: f32) -> (f32, f32, f32, f32, f32) {
    // Cosines and sines of a fifth of a turn and of two.
    let (c1, c2, s1, s2) = (0.309_017, -0.809_017, 0.951_056_54, 0.587_785_24);
    let (m, n, p, q) = (b + e, c + d, b - e, c - d);
    let (one, two) = (n.mul_add(c2, m.mul_add(c1, a)), n.mul_add(c1, m.mul_add(c2, a)));
    ((a + m) + n, one, two, q.mul_add(s2, p * s1), q.mul_add(-s1, p * s2))
}

/// As [`sums_of_five()`], of seven numbers.
#[gpu_fn]
pub(crate) fn sums_of_seven(
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    f: f32,
    g: f32,
) -> (f32, f32, f32, f32, f32, f32, f32) {
    // Cosines and sines of a seventh of a turn, of two and of three.
    let (c1, c2, c3) = (0.623_489_8, -0.222_520_93, -0.900_968_85);
    let (s1, s2, s3) = (0.781_831_5, 0.974_927_9, 0.433_883_73);
    let (m, n, o) = (b + g, c + f, d + e);
    let (p, q, r) = (b - g, c - f, d - e);
    (
        ((a + m) + n) + o,
        o.mul_add(c3, n.mul_add(c2, m.mul_add(c1, a))),
        o.mul_add(c1, n.mul_add(c3, m.mul_add(c2, a))),
        o.mul_add(c2, n.mul_add(c1, m.mul_add(c3, a))),
        r.mul_add(s3, q.mul_add(s2, p * s1)),
        r.mul_add(-s1, q.mul_add(-s3, p * s2)),
        r.mul_add(s2, q.mul_add(-s1, p * s3)),
    )
}

/// A number of the spectrum of a real line, from numbers k and n - k of the spectrum of its n pairs of neighbours, and the
/// k-th root: with Z the spectrum of the pairs, (Z(k) + Z*(n - k)) / 2 is that of the elements at even places, (Z(k) -
/// Z*(n - k)) / 2i that of the others, which count times the root.
#[gpu_fn]
pub(crate) fn of_real_lines(ar: f32, ai: f32, br: f32, bi: f32, cos: f32, sin: f32) -> (f32, f32) {
    let (x, y) = complex_product(0.5 * (ai + bi), 0.5 * (br - ar), cos, sin);
    ((0.5 * (ar + br)) + x, (0.5 * (ai - bi)) + y)
}

/// Undoes [`of_real_lines()`]: a number of the spectrum of pairs, from numbers k and n - k of that of the real line.
#[gpu_fn]
pub(crate) fn of_pairs(ar: f32, ai: f32, br: f32, bi: f32, cos: f32, sin: f32) -> (f32, f32) {
    let (x, y) = complex_product(0.5 * (ar - br), 0.5 * (ai + bi), cos, -sin);
    ((0.5 * (ar + br)) - y, (0.5 * (ai - bi)) + x)
}

/// A pass of radix 16: four times four.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts")]
pub fn fourier_pass_16(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    stride: u32,
    unit: u32,
    in_batch: u32,
    in_real: u32,
    in_imaginary: u32,
    in_step: u32,
    in_complex: bool,
    out_batch: u32,
    out_real: u32,
    out_imaginary: u32,
    out_step: u32,
    scale: f32,
) {
    let mut re = [0.0; 16];
    let mut im = [0.0; 16];
    let width = at.extent_x();
    let p = at.x() / stride as usize;
    let item = at.y() * width * 16 + at.x();
    let first = at.n() * in_batch as usize + (item + p * stride as usize * 15) * in_step as usize;
    let apart = stride as usize * in_step as usize;
    for k in 0..16usize {
        re[k] = input.get(first + in_real as usize + k * apart);
    }
    if in_complex {
        for k in 0..16usize {
            im[k] = input.get(first + in_imaginary as usize + k * apart);
        }
    }
    if p > 0 {
        let t = 2 * (p * unit as usize);
        let mut cos = [0.0; 16];
        let mut sin = [0.0; 16];
        cos[1] = roots.get(t);
        sin[1] = roots.get(t + 1);
        cos[2] = roots.get(2 * t);
        sin[2] = roots.get(2 * t + 1);
        cos[4] = roots.get(4 * t);
        sin[4] = roots.get(4 * t + 1);
        cos[8] = roots.get(8 * t);
        sin[8] = roots.get(8 * t + 1);
        for k in 1..2usize {
            let (x, y) = complex_product(cos[2], sin[2], cos[k], sin[k]);
            cos[k + 2] = x;
            sin[k + 2] = y;
        }
        for k in 1..4usize {
            let (x, y) = complex_product(cos[4], sin[4], cos[k], sin[k]);
            cos[k + 4] = x;
            sin[k + 4] = y;
        }
        for k in 1..8usize {
            let (x, y) = complex_product(cos[8], sin[8], cos[k], sin[k]);
            cos[k + 8] = x;
            sin[k + 8] = y;
        }
        for k in 1..16usize {
            let (x, y) = complex_product(re[k], im[k], cos[k], sin[k]);
            re[k] = x;
            im[k] = y;
        }
    }
    for c in 0..4usize {
        let (ar, br, cr, dr, ai, bi, ci, di) =
            transform_of_four(re[c], re[c + 4], re[c + 8], re[c + 12], im[c], im[c + 4], im[c + 8], im[c + 12]);
        re[c] = ar;
        re[c + 4] = br;
        re[c + 8] = cr;
        re[c + 12] = dr;
        im[c] = ai;
        im[c + 4] = bi;
        im[c + 8] = ci;
        im[c + 12] = di;
    }
    // Powers of exp(-2πi/16), as far as products of two numbers below 4 go.
    let cos = [
        1.0,
        0.923_879_5,
        std::f32::consts::FRAC_1_SQRT_2,
        0.382_683_43,
        0.0,
        -0.382_683_43,
        -std::f32::consts::FRAC_1_SQRT_2,
        -0.923_879_5,
        -1.0,
        -0.923_879_5,
    ];
    let sin = [
        0.0,
        -0.382_683_43,
        -std::f32::consts::FRAC_1_SQRT_2,
        -0.923_879_5,
        -1.0,
        -0.923_879_5,
        -std::f32::consts::FRAC_1_SQRT_2,
        -0.382_683_43,
        0.0,
        0.382_683_43,
    ];
    for c in 1..4usize {
        for b in 1..4usize {
            let (x, y) = complex_product(re[c + 4 * b], im[c + 4 * b], cos[c * b], sin[c * b]);
            re[c + 4 * b] = x;
            im[c + 4 * b] = y;
        }
    }
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    for b in 0..4usize {
        let (ar, br, cr, dr, ai, bi, ci, di) = transform_of_four(
            re[4 * b],
            re[4 * b + 1],
            re[4 * b + 2],
            re[4 * b + 3],
            im[4 * b],
            im[4 * b + 1],
            im[4 * b + 2],
            im[4 * b + 3],
        );
        output.store(real + b * row, ar * scale);
        output.store(imaginary + b * row, ai * scale);
        output.store(real + (b + 4) * row, br * scale);
        output.store(imaginary + (b + 4) * row, bi * scale);
        output.store(real + (b + 8) * row, cr * scale);
        output.store(imaginary + (b + 8) * row, ci * scale);
        output.store(real + (b + 12) * row, dr * scale);
        output.store(imaginary + (b + 12) * row, di * scale);
    }
}

/// A pass of radix 8: two times four.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts")]
pub fn fourier_pass_8(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    stride: u32,
    unit: u32,
    in_batch: u32,
    in_real: u32,
    in_imaginary: u32,
    in_step: u32,
    in_complex: bool,
    out_batch: u32,
    out_real: u32,
    out_imaginary: u32,
    out_step: u32,
    scale: f32,
) {
    let mut re = [0.0; 8];
    let mut im = [0.0; 8];
    let width = at.extent_x();
    let p = at.x() / stride as usize;
    let item = at.y() * width * 8 + at.x();
    let first = at.n() * in_batch as usize + (item + p * stride as usize * 7) * in_step as usize;
    let apart = stride as usize * in_step as usize;
    for k in 0..8usize {
        re[k] = input.get(first + in_real as usize + k * apart);
    }
    if in_complex {
        for k in 0..8usize {
            im[k] = input.get(first + in_imaginary as usize + k * apart);
        }
    }
    if p > 0 {
        let t = 2 * (p * unit as usize);
        let mut cos = [0.0; 8];
        let mut sin = [0.0; 8];
        cos[1] = roots.get(t);
        sin[1] = roots.get(t + 1);
        cos[2] = roots.get(2 * t);
        sin[2] = roots.get(2 * t + 1);
        cos[4] = roots.get(4 * t);
        sin[4] = roots.get(4 * t + 1);
        for k in 1..2usize {
            let (x, y) = complex_product(cos[2], sin[2], cos[k], sin[k]);
            cos[k + 2] = x;
            sin[k + 2] = y;
        }
        for k in 1..4usize {
            let (x, y) = complex_product(cos[4], sin[4], cos[k], sin[k]);
            cos[k + 4] = x;
            sin[k + 4] = y;
        }
        for k in 1..8usize {
            let (x, y) = complex_product(re[k], im[k], cos[k], sin[k]);
            re[k] = x;
            im[k] = y;
        }
    }
    for c in 0..2usize {
        let (ar, br, cr, dr, ai, bi, ci, di) =
            transform_of_four(re[c], re[c + 2], re[c + 4], re[c + 6], im[c], im[c + 2], im[c + 4], im[c + 6]);
        re[c] = ar;
        re[c + 2] = br;
        re[c + 4] = cr;
        re[c + 6] = dr;
        im[c] = ai;
        im[c + 2] = bi;
        im[c + 4] = ci;
        im[c + 6] = di;
    }
    // Powers of exp(-2πi/8).
    let cos = [1.0, std::f32::consts::FRAC_1_SQRT_2, 0.0, -std::f32::consts::FRAC_1_SQRT_2];
    let sin = [0.0, -std::f32::consts::FRAC_1_SQRT_2, -1.0, -std::f32::consts::FRAC_1_SQRT_2];
    for b in 1..4usize {
        let (x, y) = complex_product(re[2 * b + 1], im[2 * b + 1], cos[b], sin[b]);
        re[2 * b + 1] = x;
        im[2 * b + 1] = y;
    }
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    for b in 0..4usize {
        let (ar, ai, br, bi) = transform_of_two(re[2 * b], im[2 * b], re[2 * b + 1], im[2 * b + 1]);
        output.store(real + b * row, ar * scale);
        output.store(imaginary + b * row, ai * scale);
        output.store(real + (b + 4) * row, br * scale);
        output.store(imaginary + (b + 4) * row, bi * scale);
    }
}

/// A pass of radix 5.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts")]
pub fn fourier_pass_5(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    stride: u32,
    unit: u32,
    in_batch: u32,
    in_real: u32,
    in_imaginary: u32,
    in_step: u32,
    in_complex: bool,
    out_batch: u32,
    out_real: u32,
    out_imaginary: u32,
    out_step: u32,
    scale: f32,
) {
    let mut re = [0.0; 5];
    let mut im = [0.0; 5];
    let width = at.extent_x();
    let p = at.x() / stride as usize;
    let item = at.y() * width * 5 + at.x();
    let first = at.n() * in_batch as usize + (item + p * stride as usize * 4) * in_step as usize;
    let apart = stride as usize * in_step as usize;
    for k in 0..5usize {
        re[k] = input.get(first + in_real as usize + k * apart);
    }
    if in_complex {
        for k in 0..5usize {
            im[k] = input.get(first + in_imaginary as usize + k * apart);
        }
    }
    if p > 0 {
        let t = 2 * (p * unit as usize);
        let mut cos = [0.0; 8];
        let mut sin = [0.0; 8];
        cos[1] = roots.get(t);
        sin[1] = roots.get(t + 1);
        cos[2] = roots.get(2 * t);
        sin[2] = roots.get(2 * t + 1);
        cos[4] = roots.get(4 * t);
        sin[4] = roots.get(4 * t + 1);
        for k in 1..2usize {
            let (x, y) = complex_product(cos[2], sin[2], cos[k], sin[k]);
            cos[k + 2] = x;
            sin[k + 2] = y;
        }
        for k in 1..5usize {
            let (x, y) = complex_product(re[k], im[k], cos[k], sin[k]);
            re[k] = x;
            im[k] = y;
        }
    }
    let (ar, br, cr, pr, qr) = sums_of_five(re[0], re[1], re[2], re[3], re[4]);
    let (ai, bi, ci, pi, qi) = sums_of_five(im[0], im[1], im[2], im[3], im[4]);
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    output.store(real, ar * scale);
    output.store(imaginary, ai * scale);
    output.store(real + row, (br + pi) * scale);
    output.store(imaginary + row, (bi - pr) * scale);
    output.store(real + 2 * row, (cr + qi) * scale);
    output.store(imaginary + 2 * row, (ci - qr) * scale);
    output.store(real + 3 * row, (cr - qi) * scale);
    output.store(imaginary + 3 * row, (ci + qr) * scale);
    output.store(real + 4 * row, (br - pi) * scale);
    output.store(imaginary + 4 * row, (bi + pr) * scale);
}

/// A pass of radix 3.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts")]
pub fn fourier_pass_3(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    stride: u32,
    unit: u32,
    in_batch: u32,
    in_real: u32,
    in_imaginary: u32,
    in_step: u32,
    in_complex: bool,
    out_batch: u32,
    out_real: u32,
    out_imaginary: u32,
    out_step: u32,
    scale: f32,
) {
    let mut re = [0.0; 3];
    let mut im = [0.0; 3];
    let width = at.extent_x();
    let p = at.x() / stride as usize;
    let item = at.y() * width * 3 + at.x();
    let first = at.n() * in_batch as usize + (item + p * stride as usize * 2) * in_step as usize;
    let apart = stride as usize * in_step as usize;
    for k in 0..3usize {
        re[k] = input.get(first + in_real as usize + k * apart);
    }
    if in_complex {
        for k in 0..3usize {
            im[k] = input.get(first + in_imaginary as usize + k * apart);
        }
    }
    if p > 0 {
        let t = 2 * (p * unit as usize);
        let mut cos = [0.0; 4];
        let mut sin = [0.0; 4];
        cos[1] = roots.get(t);
        sin[1] = roots.get(t + 1);
        cos[2] = roots.get(2 * t);
        sin[2] = roots.get(2 * t + 1);
        for k in 1..3usize {
            let (x, y) = complex_product(re[k], im[k], cos[k], sin[k]);
            re[k] = x;
            im[k] = y;
        }
    }
    let (ar, br, pr) = sums_of_three(re[0], re[1], re[2]);
    let (ai, bi, pi) = sums_of_three(im[0], im[1], im[2]);
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    output.store(real, ar * scale);
    output.store(imaginary, ai * scale);
    output.store(real + row, (br + pi) * scale);
    output.store(imaginary + row, (bi - pr) * scale);
    output.store(real + 2 * row, (br - pi) * scale);
    output.store(imaginary + 2 * row, (bi + pr) * scale);
}

/// A pass of radix 7, 4, 2 or 1.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts")]
pub fn fourier_pass_small(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    stride: u32,
    unit: u32,
    radix: u32,
    in_batch: u32,
    in_real: u32,
    in_imaginary: u32,
    in_step: u32,
    in_complex: bool,
    out_batch: u32,
    out_real: u32,
    out_imaginary: u32,
    out_step: u32,
    scale: f32,
) {
    let mut re = [0.0; 7];
    let mut im = [0.0; 7];
    let width = at.extent_x();
    let p = at.x() / stride as usize;
    let item = at.y() * width * radix as usize + at.x();
    let first = at.n() * in_batch as usize + (item + p * stride as usize * (radix as usize - 1)) * in_step as usize;
    let apart = stride as usize * in_step as usize;
    for k in 0..7usize {
        if k < radix as usize {
            re[k] = input.get(first + in_real as usize + k * apart);
        }
    }
    if in_complex {
        for k in 0..7usize {
            if k < radix as usize {
                im[k] = input.get(first + in_imaginary as usize + k * apart);
            }
        }
    }
    if p > 0 {
        let t = 2 * (p * unit as usize);
        let mut cos = [0.0; 8];
        let mut sin = [0.0; 8];
        cos[1] = roots.get(t);
        sin[1] = roots.get(t + 1);
        if radix as usize > 2 {
            cos[2] = roots.get(2 * t);
            sin[2] = roots.get(2 * t + 1);
        }
        if radix as usize > 4 {
            cos[4] = roots.get(4 * t);
            sin[4] = roots.get(4 * t + 1);
        }
        for k in 1..2usize {
            let (x, y) = complex_product(cos[2], sin[2], cos[k], sin[k]);
            cos[k + 2] = x;
            sin[k + 2] = y;
        }
        for k in 1..3usize {
            let (x, y) = complex_product(cos[4], sin[4], cos[k], sin[k]);
            cos[k + 4] = x;
            sin[k + 4] = y;
        }
        for k in 1..7usize {
            if k < radix as usize {
                let (x, y) = complex_product(re[k], im[k], cos[k], sin[k]);
                re[k] = x;
                im[k] = y;
            }
        }
    }
    if radix == 7 {
        let (ar, br, cr, dr, pr, qr, sr) = sums_of_seven(re[0], re[1], re[2], re[3], re[4], re[5], re[6]);
        let (ai, bi, ci, di, pi, qi, si) = sums_of_seven(im[0], im[1], im[2], im[3], im[4], im[5], im[6]);
        re[0] = ar;
        im[0] = ai;
        re[1] = br + pi;
        im[1] = bi - pr;
        re[2] = cr + qi;
        im[2] = ci - qr;
        re[3] = dr + si;
        im[3] = di - sr;
        re[4] = dr - si;
        im[4] = di + sr;
        re[5] = cr - qi;
        im[5] = ci + qr;
        re[6] = br - pi;
        im[6] = bi + pr;
    } else if radix == 4 {
        let (ar, br, cr, dr, ai, bi, ci, di) =
            transform_of_four(re[0], re[1], re[2], re[3], im[0], im[1], im[2], im[3]);
        re[0] = ar;
        re[1] = br;
        re[2] = cr;
        re[3] = dr;
        im[0] = ai;
        im[1] = bi;
        im[2] = ci;
        im[3] = di;
    } else if radix == 2 {
        let (ar, ai, br, bi) = transform_of_two(re[0], im[0], re[1], im[1]);
        re[0] = ar;
        im[0] = ai;
        re[1] = br;
        im[1] = bi;
    }
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    for j in 0..7usize {
        if j < radix as usize {
            output.store(real + j * row, re[j] * scale);
            output.store(imaginary + j * row, im[j] * scale);
        }
    }
}

/// Multiplies the elements of lines by factors, one for each place, and makes the lines shorter or, with zeros, longer.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts")]
pub fn fourier_rotate(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    factors: Read<f32>,
    inner: u32,
    in_len: u32,
    in_batch: u32,
    in_real: u32,
    in_imaginary: u32,
    in_step: u32,
    in_complex: bool,
    out_batch: u32,
    out_real: u32,
    out_imaginary: u32,
    out_step: u32,
    scale: f32,
) {
    let element = at.x() / inner as usize;
    let (mut x, mut y) = (0.0, 0.0);
    if element < in_len as usize {
        let item = at.y() * inner as usize * in_len as usize + at.x();
        let first = at.n() * in_batch as usize + item * in_step as usize;
        let real = input.get(first + in_real as usize);
        let mut imaginary = 0.0;
        if in_complex {
            imaginary = input.get(first + in_imaginary as usize);
        }
        (x, y) = complex_product(real, imaginary, factors.get(2 * element), factors.get(2 * element + 1));
    }
    let start = at.n() * out_batch as usize + (at.y() * at.extent_x() + at.x()) * out_step as usize;
    output.store(start + out_real as usize, x * scale);
    output.store(start + out_imaginary as usize, y * scale);
}

/// The first half of the spectra of real lines, from the spectra of their pairs of neighbours, of which there are `half`.
/// Numbers behind that are 0.
#[gpu_op(grid)]
pub fn fourier_split(at: Item, pairs: Read<f32>, spectrum: Write<f32>, roots: Read<f32>, half: u32) {
    let k = at.x();
    let n = half as usize;
    let rows = at.extent_y();
    let (plane, out_plane) = (n * rows, at.extent_x() * rows);
    let line = 2 * at.n() * plane + at.y() * n;
    let out = 2 * at.n() * out_plane + at.y() * at.extent_x() + k;
    let (mut x, mut y) = (0.0, 0.0);
    if k <= n {
        let a = line + (if k == n { 0 } else { k });
        let b = line + (if k == 0 { 0 } else { n - k });
        let (ar, ai, br, bi) = (pairs.get(a), pairs.get(a + plane), pairs.get(b), pairs.get(b + plane));
        (x, y) = of_real_lines(ar, ai, br, bi, roots.get(2 * k), roots.get(2 * k + 1));
    }
    spectrum.store(out, x);
    spectrum.store(out + out_plane, y);
}

/// The spectra of pairs of neighbours, from the first half of the spectra of real lines, in rows of `columns`: undoes
/// [`fourier_split`].
#[gpu_op(grid)]
pub fn fourier_merge(at: Item, spectrum: Read<f32>, pairs: Write<f32>, roots: Read<f32>, columns: u32) {
    let k = at.x();
    let n = at.extent_x();
    let rows = at.extent_y();
    let (plane, in_plane) = (n * rows, columns as usize * rows);
    let line = 2 * at.n() * in_plane + at.y() * columns as usize;
    let (a, b) = (line + k, line + n - k);
    let (ar, ai) = (spectrum.get(a), spectrum.get(a + in_plane));
    let (br, bi) = (spectrum.get(b), spectrum.get(b + in_plane));
    let (x, y) = of_pairs(ar, ai, br, bi, roots.get(2 * k), roots.get(2 * k + 1));
    let out = 2 * at.n() * plane + at.y() * n + k;
    pairs.store(out, x);
    pairs.store(out + plane, y);
}

family! {
    operations: [],
    kernels: [
        fourier_pass_3, fourier_pass_5, fourier_pass_8, fourier_pass_16, fourier_pass_small, fourier_rotate, fourier_split, fourier_merge,
    ],
}
