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
//! Invariant: real and imaginary parts lie anywhere, by `batch`, `real`, `imaginary` and `step` of input and output; a
//! buffer is read or written, never both.
use crate::catalogue::family;
use crate::prelude::*;

/// The product of two complex numbers: each part a product rounded once and a fused multiply-add.
#[gpu_fn]
pub(crate) fn complex_product(ar: f32, ai: f32, br: f32, bi: f32) -> (f32, f32) {
    (ar.mul_add(br, -(ai * bi)), ar.mul_add(bi, ai * br))
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
        for k in 1..16usize {
            let t = 2 * (p * k * unit as usize);
            let (x, y) = complex_product(re[k], im[k], roots.get(t), roots.get(t + 1));
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
        for k in 1..8usize {
            let t = 2 * (p * k * unit as usize);
            let (x, y) = complex_product(re[k], im[k], roots.get(t), roots.get(t + 1));
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
        for k in 1..5usize {
            let t = 2 * (p * k * unit as usize);
            let (x, y) = complex_product(re[k], im[k], roots.get(t), roots.get(t + 1));
            re[k] = x;
            im[k] = y;
        }
    }
    // Cosines and sines of a fifth of a turn and of two.
    let (c1, c2, s1, s2) = (0.309_017, -0.809_017, 0.951_056_54, 0.587_785_24);
    let (br, bi, er, ei) = (re[1] + re[4], im[1] + im[4], re[1] - re[4], im[1] - im[4]);
    let (cr, ci, dr, di) = (re[2] + re[3], im[2] + im[3], re[2] - re[3], im[2] - im[3]);
    let (mr, mi) = (cr.mul_add(c2, br.mul_add(c1, re[0])), ci.mul_add(c2, bi.mul_add(c1, im[0])));
    let (nr, ni) = (cr.mul_add(c1, br.mul_add(c2, re[0])), ci.mul_add(c1, bi.mul_add(c2, im[0])));
    let (pr, pi) = (dr.mul_add(s2, er * s1), di.mul_add(s2, ei * s1));
    let (qr, qi) = (dr.mul_add(-s1, er * s2), di.mul_add(-s1, ei * s2));
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    output.store(real, ((re[0] + br) + cr) * scale);
    output.store(imaginary, ((im[0] + bi) + ci) * scale);
    output.store(real + row, (mr + pi) * scale);
    output.store(imaginary + row, (mi - pr) * scale);
    output.store(real + 2 * row, (nr + qi) * scale);
    output.store(imaginary + 2 * row, (ni - qr) * scale);
    output.store(real + 3 * row, (nr - qi) * scale);
    output.store(imaginary + 3 * row, (ni + qr) * scale);
    output.store(real + 4 * row, (mr - pi) * scale);
    output.store(imaginary + 4 * row, (mi + pr) * scale);
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
        for k in 1..3usize {
            let t = 2 * (p * k * unit as usize);
            let (x, y) = complex_product(re[k], im[k], roots.get(t), roots.get(t + 1));
            re[k] = x;
            im[k] = y;
        }
    }
    let (tr, ti) = (re[1] + re[2], im[1] + im[2]);
    let (mr, mi) = (tr.mul_add(-0.5, re[0]), ti.mul_add(-0.5, im[0]));
    // The sine of a third of a turn.
    let (nr, ni) = ((re[1] - re[2]) * 0.866_025_4, (im[1] - im[2]) * 0.866_025_4);
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    output.store(real, (re[0] + tr) * scale);
    output.store(imaginary, (im[0] + ti) * scale);
    output.store(real + row, (mr + ni) * scale);
    output.store(imaginary + row, (mi - nr) * scale);
    output.store(real + 2 * row, (mr - ni) * scale);
    output.store(imaginary + 2 * row, (mi + nr) * scale);
}

/// A pass of a radix up to 7, for those that have no pass of their own: the sums as they stand.
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
    len: u32,
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
        for k in 1..7usize {
            if k < radix as usize {
                let t = 2 * (p * k * unit as usize);
                let (x, y) = complex_product(re[k], im[k], roots.get(t), roots.get(t + 1));
                re[k] = x;
                im[k] = y;
            }
        }
    }
    let start = at.n() * out_batch as usize + item * out_step as usize;
    let real = start + out_real as usize;
    let imaginary = start + out_imaginary as usize;
    let row = width * out_step as usize;
    let circle = len / radix;
    for j in 0..radix {
        let mut x = re[0];
        let mut y = im[0];
        for k in 1..7usize {
            if k < radix as usize {
                let t = 2 * ((j * k as u32) % radix * circle) as usize;
                let (cos, sin) = (roots.get(t), roots.get(t + 1));
                x = re[k].mul_add(cos, (-im[k]).mul_add(sin, x));
                y = re[k].mul_add(sin, im[k].mul_add(cos, y));
            }
        }
        output.store(real + j as usize * row, x * scale);
        output.store(imaginary + j as usize * row, y * scale);
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

/// The first half of the spectra of real lines, from the spectra of their pairs of neighbours: with Z(k) the transform
/// of n pairs, (Z(k) + Z*(n - k)) / 2 is that of the elements at even places, (Z(k) - Z*(n - k)) / 2i that of the
/// others, which count times the k-th root.
#[gpu_op(grid)]
pub fn fourier_split(at: Item, pairs: Read<f32>, spectrum: Write<f32>, roots: Read<f32>) {
    let k = at.x();
    let n = at.extent_x() - 1;
    let rows = at.extent_y();
    let (plane, out_plane) = (n * rows, (n + 1) * rows);
    let line = 2 * at.n() * plane + at.y() * n;
    let a = line + (if k == n { 0 } else { k });
    let b = line + (if k == 0 { 0 } else { n - k });
    let (ar, ai, br, bi) = (pairs.get(a), pairs.get(a + plane), pairs.get(b), pairs.get(b + plane));
    let (x, y) = complex_product(0.5 * (ai + bi), 0.5 * (br - ar), roots.get(2 * k), roots.get(2 * k + 1));
    let out = 2 * at.n() * out_plane + at.y() * (n + 1) + k;
    spectrum.store(out, (0.5 * (ar + br)) + x);
    spectrum.store(out + out_plane, (0.5 * (ai - bi)) + y);
}

/// The spectra of pairs of neighbours, from the first half of the spectra of real lines: undoes [`fourier_split`].
#[gpu_op(grid)]
pub fn fourier_merge(at: Item, spectrum: Read<f32>, pairs: Write<f32>, roots: Read<f32>) {
    let k = at.x();
    let n = at.extent_x();
    let rows = at.extent_y();
    let (plane, in_plane) = (n * rows, (n + 1) * rows);
    let line = 2 * at.n() * in_plane + at.y() * (n + 1);
    let (a, b) = (line + k, line + n - k);
    let (ar, ai) = (spectrum.get(a), spectrum.get(a + in_plane));
    let (br, bi) = (spectrum.get(b), spectrum.get(b + in_plane));
    let (x, y) = complex_product(0.5 * (ar - br), 0.5 * (ai + bi), roots.get(2 * k), -roots.get(2 * k + 1));
    let out = 2 * at.n() * plane + at.y() * n + k;
    pairs.store(out, (0.5 * (ar + br)) - y);
    pairs.store(out + plane, (0.5 * (ai - bi)) + x);
}

family! {
    operations: [],
    kernels: [
        fourier_pass_3, fourier_pass_5, fourier_pass_8, fourier_pass_16, fourier_pass_small, fourier_rotate, fourier_split, fourier_merge,
    ],
}
