//! The Fourier transform of lines that fit on chip: one launch for an axis, whatever the number of passes.
//!
//! A group takes a few lines that lie side by side, as many as fill 4096 complex numbers: rows one below the other along
//! x, columns side by side along y and z. The first pass reads them from memory, the last one writes them; between two
//! passes they lie in memory that the group shares. The passes are those of [`crate::fourier_passes`], with the same
//! arithmetic in the same order, and so with the same bits. So are what is done around them: what turns spectra of pairs
//! into those of real lines, and the product with a transfer function between a transform and its inverse.
//!
//! Floors: a transform reads and writes 16 bytes for each complex number, one copy of an image whose half spectrum it
//! is. A pass exchanges two words of each number through shared memory and takes some 47 instructions for it (14 are
//! arithmetic, 9 find places in shared memory): of three passes that is 1.1 copies of an H200's issue slots.
//!
//! Each radix has its own reads and writes, since loops over elements in registers have to be unrolled: that is what
//! makes this kernel long.
//!
//! Invariant: of the elements of a pass each is read and written by one lane, between two phases.
use crate::catalogue::family;
use crate::fourier_passes::{
    complex_product, of_pairs, of_real_lines, sums_of_five, sums_of_seven, sums_of_three, transform_of_four,
    transform_of_two,
};
use crate::prelude::*;

/// Complex numbers that a group holds.
pub(crate) const HELD: usize = 4096;

/// Where an element lies in shared memory: so that neither neighbours nor those that lie a power of two apart wait for
/// each other. A permutation of every 32.
#[gpu_fn]
fn place(element: usize) -> usize {
    element ^ ((element >> 5) & 31)
}

/// The quotient of two numbers i and d below 2¹³, the second given as its reciprocal: (i + ½) / d lies at least 1 / 2d
/// from a whole number, and is wrong by less than 1 / 2¹⁰d. A division of integers takes some twenty instructions.
#[gpu_fn]
fn quotient(number: usize, reciprocal: f32) -> usize {
    ((number as f32 + 0.5) * reciprocal) as usize
}

/// The line of an item and its place in it, or the column and its place.
#[gpu_fn]
fn line_and_item(item: usize, side: usize, per_side: f32, columns: bool) -> (usize, usize) {
    let a: usize = quotient(item, per_side);
    let b = item - a * side;
    (if columns { b } else { a }, if columns { a } else { b })
}

/// Transforms lines. `chain` has the radices less 1, four bits each. Of at most [`HELD`] elements in a group each pass
/// takes 16 into a lane, so that there are as many lines in a group as
/// [`lines_together`](crate::fourier::lines_together) says.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts and a transfer function")]
pub fn fourier_lines(
    at: Lane<256>,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    transfer: Read<f32>,
    real: Shared<f32, 4096>,
    imaginary: Shared<f32, 4096>,
    len: u32,
    chain: u32,
    passes: u32,
    lines: u32,
    width: u32,
    columns: bool,
    merges: bool,
    splits: bool,
    multiplies: bool,
    conjugate: bool,
    in_batch: u32,
    in_block: u32,
    in_line: u32,
    in_element: u32,
    in_real: u32,
    in_imaginary: u32,
    in_complex: bool,
    out_batch: u32,
    out_block: u32,
    out_line: u32,
    out_element: u32,
    out_real: u32,
    out_imaginary: u32,
    transfer_batch: u32,
    transfer_plane: u32,
    scale: f32,
) {
    let n = len as usize;
    let first_line = at.x() * width as usize;
    let count = (lines as usize - first_line).min(width as usize);
    let line_step = if columns { 1usize } else { n };
    let element_step = if columns { width as usize } else { 1usize };
    let from = at.n() * in_batch as usize + at.y() * in_block as usize + first_line * in_line as usize;
    let to = at.n() * out_batch as usize + at.y() * out_block as usize + first_line * out_line as usize;
    // Real lines are transformed as half as many pairs, whose roots are every second one.
    let root_step = if merges || splits { 4usize } else { 2usize };
    let rounds = if multiplies { 2 * passes } else { passes };
    let mut re = [0.0; 16];
    let mut im = [0.0; 16];
    let mut unit = n;
    {
        if merges {
            let per_line = 1.0 / n as f32;
            let mut i = at.lane();
            while i < n * count {
                let (c, k): (usize, usize) = line_and_item(i, n, per_line, false);
                let a = from + c * in_line as usize + in_real as usize + k * in_element as usize;
                let b = from + c * in_line as usize + in_real as usize + (n - k) * in_element as usize;
                let further = in_imaginary as usize - in_real as usize;
                let (ar, ai, br, bi) = (input.get(a), input.get(a + further), input.get(b), input.get(b + further));
                let (x, y) = of_pairs(ar, ai, br, bi, roots.get(2 * k), roots.get(2 * k + 1));
                let held: usize = place(i);
                imaginary.store(held, x);
                real.store(held, y);
                i += 256;
            }
        }
    }
    for round in 0..rounds {
        unit = if round == passes { n } else { unit };
        {
            if round == passes {
                let all = n * width as usize;
                let along = if columns { width as usize } else { n };
                let per_line = 1.0 / along as f32;
                let mut i = at.lane();
                while i < all {
                    let (c, e): (usize, usize) = line_and_item(i, along, per_line, columns);
                    if c < count {
                        let held: usize = place(i);
                        let j = at.n() * transfer_batch as usize
                            + at.y() * in_block as usize
                            + (first_line + c) * in_line as usize
                            + e * in_element as usize;
                        let other = transfer.get(j + transfer_plane as usize);
                        let (x, y) = complex_product(
                            real.get(held),
                            imaginary.get(held),
                            transfer.get(j),
                            if conjugate { -other } else { other },
                        );
                        real.store(held, y);
                        imaginary.store(held, x);
                    }
                    i += 256;
                }
            }
        }
        let radix = ((chain >> (4 * (round % passes))) & 15) + 1;
        let m = n / radix as usize;
        unit /= radix as usize;
        let side = if columns { width as usize } else { m };
        let per_side = 1.0 / side as f32;
        let per_unit = 1.0 / unit as f32;
        let reads = round == 0 && !merges;
        let writes = round + 1 == rounds && !splits;
        {
            let lane = at.lane();
            let apart = if reads { unit * in_element as usize } else { unit * element_step };
            if radix == 16 {
                let (c, q): (usize, usize) = line_and_item(lane, side, per_side, columns);
                if c < count && q < m {
                    let p: usize = quotient(q, per_unit);
                    let e = q + p * unit * 15;
                    if reads {
                        let start = from + c * in_line as usize + e * in_element as usize;
                        for k in 0..16usize {
                            re[k] = input.get(start + k * apart + in_real as usize);
                            let other = input.get(start + k * apart + in_imaginary as usize);
                            im[k] = if in_complex { other } else { 0.0 };
                        }
                    } else {
                        let start = c * line_step + e * element_step;
                        for k in 0..16usize {
                            let held: usize = place(start + k * apart);
                            re[k] = real.get(held);
                            im[k] = imaginary.get(held);
                        }
                    }
                    if p > 0 {
                        let t = p * unit * root_step;
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
                }
            } else if radix == 8 {
                for h in 0..2usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        let p: usize = quotient(q, per_unit);
                        let e = q + p * unit * 7;
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..8usize {
                                re[8 * h + k] = input.get(start + k * apart + in_real as usize);
                                let other = input.get(start + k * apart + in_imaginary as usize);
                                im[8 * h + k] = if in_complex { other } else { 0.0 };
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..8usize {
                                let held: usize = place(start + k * apart);
                                re[8 * h + k] = real.get(held);
                                im[8 * h + k] = imaginary.get(held);
                            }
                        }
                        if p > 0 {
                            let t = p * unit * root_step;
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
                                let (x, y) = complex_product(re[8 * h + k], im[8 * h + k], cos[k], sin[k]);
                                re[8 * h + k] = x;
                                im[8 * h + k] = y;
                            }
                        }
                    }
                }
            } else if radix == 7 {
                for h in 0..2usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        let p: usize = quotient(q, per_unit);
                        let e = q + p * unit * 6;
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..7usize {
                                re[7 * h + k] = input.get(start + k * apart + in_real as usize);
                                let other = input.get(start + k * apart + in_imaginary as usize);
                                im[7 * h + k] = if in_complex { other } else { 0.0 };
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..7usize {
                                let held: usize = place(start + k * apart);
                                re[7 * h + k] = real.get(held);
                                im[7 * h + k] = imaginary.get(held);
                            }
                        }
                        if p > 0 {
                            let t = p * unit * root_step;
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
                            for k in 1..3usize {
                                let (x, y) = complex_product(cos[4], sin[4], cos[k], sin[k]);
                                cos[k + 4] = x;
                                sin[k + 4] = y;
                            }
                            for k in 1..7usize {
                                let (x, y) = complex_product(re[7 * h + k], im[7 * h + k], cos[k], sin[k]);
                                re[7 * h + k] = x;
                                im[7 * h + k] = y;
                            }
                        }
                    }
                }
            } else if radix == 5 {
                for h in 0..3usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        let p: usize = quotient(q, per_unit);
                        let e = q + p * unit * 4;
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..5usize {
                                re[5 * h + k] = input.get(start + k * apart + in_real as usize);
                                let other = input.get(start + k * apart + in_imaginary as usize);
                                im[5 * h + k] = if in_complex { other } else { 0.0 };
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..5usize {
                                let held: usize = place(start + k * apart);
                                re[5 * h + k] = real.get(held);
                                im[5 * h + k] = imaginary.get(held);
                            }
                        }
                        if p > 0 {
                            let t = p * unit * root_step;
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
                                let (x, y) = complex_product(re[5 * h + k], im[5 * h + k], cos[k], sin[k]);
                                re[5 * h + k] = x;
                                im[5 * h + k] = y;
                            }
                        }
                    }
                }
            } else if radix == 4 {
                for h in 0..4usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        let p: usize = quotient(q, per_unit);
                        let e = q + p * unit * 3;
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..4usize {
                                re[4 * h + k] = input.get(start + k * apart + in_real as usize);
                                let other = input.get(start + k * apart + in_imaginary as usize);
                                im[4 * h + k] = if in_complex { other } else { 0.0 };
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..4usize {
                                let held: usize = place(start + k * apart);
                                re[4 * h + k] = real.get(held);
                                im[4 * h + k] = imaginary.get(held);
                            }
                        }
                        if p > 0 {
                            let t = p * unit * root_step;
                            let mut cos = [0.0; 4];
                            let mut sin = [0.0; 4];
                            cos[1] = roots.get(t);
                            sin[1] = roots.get(t + 1);
                            cos[2] = roots.get(2 * t);
                            sin[2] = roots.get(2 * t + 1);
                            for k in 1..2usize {
                                let (x, y) = complex_product(cos[2], sin[2], cos[k], sin[k]);
                                cos[k + 2] = x;
                                sin[k + 2] = y;
                            }
                            for k in 1..4usize {
                                let (x, y) = complex_product(re[4 * h + k], im[4 * h + k], cos[k], sin[k]);
                                re[4 * h + k] = x;
                                im[4 * h + k] = y;
                            }
                        }
                    }
                }
            } else if radix == 3 {
                for h in 0..5usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        let p: usize = quotient(q, per_unit);
                        let e = q + p * unit * 2;
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..3usize {
                                re[3 * h + k] = input.get(start + k * apart + in_real as usize);
                                let other = input.get(start + k * apart + in_imaginary as usize);
                                im[3 * h + k] = if in_complex { other } else { 0.0 };
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..3usize {
                                let held: usize = place(start + k * apart);
                                re[3 * h + k] = real.get(held);
                                im[3 * h + k] = imaginary.get(held);
                            }
                        }
                        if p > 0 {
                            let t = p * unit * root_step;
                            let mut cos = [0.0; 4];
                            let mut sin = [0.0; 4];
                            cos[1] = roots.get(t);
                            sin[1] = roots.get(t + 1);
                            cos[2] = roots.get(2 * t);
                            sin[2] = roots.get(2 * t + 1);
                            for k in 1..3usize {
                                let (x, y) = complex_product(re[3 * h + k], im[3 * h + k], cos[k], sin[k]);
                                re[3 * h + k] = x;
                                im[3 * h + k] = y;
                            }
                        }
                    }
                }
            } else if radix == 2 {
                for h in 0..8usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        let p: usize = quotient(q, per_unit);
                        let e = q + p * unit;
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..2usize {
                                re[2 * h + k] = input.get(start + k * apart + in_real as usize);
                                let other = input.get(start + k * apart + in_imaginary as usize);
                                im[2 * h + k] = if in_complex { other } else { 0.0 };
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..2usize {
                                let held: usize = place(start + k * apart);
                                re[2 * h + k] = real.get(held);
                                im[2 * h + k] = imaginary.get(held);
                            }
                        }
                        if p > 0 {
                            let t = p * unit * root_step;
                            let (x, y) = complex_product(re[2 * h + 1], im[2 * h + 1], roots.get(t), roots.get(t + 1));
                            re[2 * h + 1] = x;
                            im[2 * h + 1] = y;
                        }
                    }
                }
            }
            let mut results = [0.0; 16];
            let mut others = [0.0; 16];
            if radix == 16 {
                for c in 0..4usize {
                    let (ar, br, cr, dr, ai, bi, ci, di) = transform_of_four(
                        re[c],
                        re[c + 4],
                        re[c + 8],
                        re[c + 12],
                        im[c],
                        im[c + 4],
                        im[c + 8],
                        im[c + 12],
                    );
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
                    results[b] = ar;
                    results[b + 4] = br;
                    results[b + 8] = cr;
                    results[b + 12] = dr;
                    others[b] = ai;
                    others[b + 4] = bi;
                    others[b + 8] = ci;
                    others[b + 12] = di;
                }
            } else if radix == 8 {
                for h in 0..2usize {
                    for c in 0..2usize {
                        let (ar, br, cr, dr, ai, bi, ci, di) = transform_of_four(
                            re[8 * h + c],
                            re[8 * h + c + 2],
                            re[8 * h + c + 4],
                            re[8 * h + c + 6],
                            im[8 * h + c],
                            im[8 * h + c + 2],
                            im[8 * h + c + 4],
                            im[8 * h + c + 6],
                        );
                        re[8 * h + c] = ar;
                        re[8 * h + c + 2] = br;
                        re[8 * h + c + 4] = cr;
                        re[8 * h + c + 6] = dr;
                        im[8 * h + c] = ai;
                        im[8 * h + c + 2] = bi;
                        im[8 * h + c + 4] = ci;
                        im[8 * h + c + 6] = di;
                    }
                    // Powers of exp(-2πi/8).
                    let cos = [1.0, std::f32::consts::FRAC_1_SQRT_2, 0.0, -std::f32::consts::FRAC_1_SQRT_2];
                    let sin = [0.0, -std::f32::consts::FRAC_1_SQRT_2, -1.0, -std::f32::consts::FRAC_1_SQRT_2];
                    for b in 1..4usize {
                        let odd = 8 * h + 2 * b + 1;
                        let (x, y) = complex_product(re[odd], im[odd], cos[b], sin[b]);
                        re[odd] = x;
                        im[odd] = y;
                    }
                    for b in 0..4usize {
                        let even = 8 * h + 2 * b;
                        let (ar, ai, br, bi) = transform_of_two(re[even], im[even], re[even + 1], im[even + 1]);
                        results[8 * h + b] = ar;
                        others[8 * h + b] = ai;
                        results[8 * h + b + 4] = br;
                        others[8 * h + b + 4] = bi;
                    }
                }
            } else if radix == 7 {
                for h in 0..2usize {
                    let s = 7 * h;
                    let (ar, br, cr, dr, pr, qr, sr) =
                        sums_of_seven(re[s], re[s + 1], re[s + 2], re[s + 3], re[s + 4], re[s + 5], re[s + 6]);
                    let (ai, bi, ci, di, pi, qi, si) =
                        sums_of_seven(im[s], im[s + 1], im[s + 2], im[s + 3], im[s + 4], im[s + 5], im[s + 6]);
                    results[s] = ar;
                    others[s] = ai;
                    results[s + 1] = br + pi;
                    others[s + 1] = bi - pr;
                    results[s + 2] = cr + qi;
                    others[s + 2] = ci - qr;
                    results[s + 3] = dr + si;
                    others[s + 3] = di - sr;
                    results[s + 4] = dr - si;
                    others[s + 4] = di + sr;
                    results[s + 5] = cr - qi;
                    others[s + 5] = ci + qr;
                    results[s + 6] = br - pi;
                    others[s + 6] = bi + pr;
                }
            } else if radix == 5 {
                for h in 0..3usize {
                    let s = 5 * h;
                    let (ar, br, cr, pr, qr) = sums_of_five(re[s], re[s + 1], re[s + 2], re[s + 3], re[s + 4]);
                    let (ai, bi, ci, pi, qi) = sums_of_five(im[s], im[s + 1], im[s + 2], im[s + 3], im[s + 4]);
                    results[s] = ar;
                    others[s] = ai;
                    results[s + 1] = br + pi;
                    others[s + 1] = bi - pr;
                    results[s + 2] = cr + qi;
                    others[s + 2] = ci - qr;
                    results[s + 3] = cr - qi;
                    others[s + 3] = ci + qr;
                    results[s + 4] = br - pi;
                    others[s + 4] = bi + pr;
                }
            } else if radix == 4 {
                for h in 0..4usize {
                    let s = 4 * h;
                    let (ar, br, cr, dr, ai, bi, ci, di) = transform_of_four(
                        re[s],
                        re[s + 1],
                        re[s + 2],
                        re[s + 3],
                        im[s],
                        im[s + 1],
                        im[s + 2],
                        im[s + 3],
                    );
                    results[s] = ar;
                    results[s + 1] = br;
                    results[s + 2] = cr;
                    results[s + 3] = dr;
                    others[s] = ai;
                    others[s + 1] = bi;
                    others[s + 2] = ci;
                    others[s + 3] = di;
                }
            } else if radix == 3 {
                for h in 0..5usize {
                    let s = 3 * h;
                    let (ar, br, pr) = sums_of_three(re[s], re[s + 1], re[s + 2]);
                    let (ai, bi, pi) = sums_of_three(im[s], im[s + 1], im[s + 2]);
                    results[s] = ar;
                    others[s] = ai;
                    results[s + 1] = br + pi;
                    others[s + 1] = bi - pr;
                    results[s + 2] = br - pi;
                    others[s + 2] = bi + pr;
                }
            } else {
                for h in 0..8usize {
                    let s = 2 * h;
                    let (ar, ai, br, bi) = transform_of_two(re[s], im[s], re[s + 1], im[s + 1]);
                    results[s] = ar;
                    others[s] = ai;
                    results[s + 1] = br;
                    others[s + 1] = bi;
                }
            }
            for slot in 0..16usize {
                re[slot] = results[slot];
                im[slot] = others[slot];
            }
        }
        {
            let lane = at.lane();
            let row = if writes { m * out_element as usize } else { m * element_step };
            if radix == 16 {
                let (c, q): (usize, usize) = line_and_item(lane, side, per_side, columns);
                if c < count && q < m {
                    if writes {
                        let start = to + c * out_line as usize + q * out_element as usize;
                        for j in 0..16usize {
                            output.store(start + j * row + out_real as usize, re[j] * scale);
                            output.store(start + j * row + out_imaginary as usize, im[j] * scale);
                        }
                    } else {
                        let start = c * line_step + q * element_step;
                        for j in 0..16usize {
                            let held: usize = place(start + j * row);
                            real.store(held, re[j]);
                            imaginary.store(held, im[j]);
                        }
                    }
                }
            } else if radix == 8 {
                for h in 0..2usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        if writes {
                            let start = to + c * out_line as usize + q * out_element as usize;
                            for j in 0..8usize {
                                output.store(start + j * row + out_real as usize, re[8 * h + j] * scale);
                                output.store(start + j * row + out_imaginary as usize, im[8 * h + j] * scale);
                            }
                        } else {
                            let start = c * line_step + q * element_step;
                            for j in 0..8usize {
                                let held: usize = place(start + j * row);
                                real.store(held, re[8 * h + j]);
                                imaginary.store(held, im[8 * h + j]);
                            }
                        }
                    }
                }
            } else if radix == 7 {
                for h in 0..2usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        if writes {
                            let start = to + c * out_line as usize + q * out_element as usize;
                            for j in 0..7usize {
                                output.store(start + j * row + out_real as usize, re[7 * h + j] * scale);
                                output.store(start + j * row + out_imaginary as usize, im[7 * h + j] * scale);
                            }
                        } else {
                            let start = c * line_step + q * element_step;
                            for j in 0..7usize {
                                let held: usize = place(start + j * row);
                                real.store(held, re[7 * h + j]);
                                imaginary.store(held, im[7 * h + j]);
                            }
                        }
                    }
                }
            } else if radix == 5 {
                for h in 0..3usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        if writes {
                            let start = to + c * out_line as usize + q * out_element as usize;
                            for j in 0..5usize {
                                output.store(start + j * row + out_real as usize, re[5 * h + j] * scale);
                                output.store(start + j * row + out_imaginary as usize, im[5 * h + j] * scale);
                            }
                        } else {
                            let start = c * line_step + q * element_step;
                            for j in 0..5usize {
                                let held: usize = place(start + j * row);
                                real.store(held, re[5 * h + j]);
                                imaginary.store(held, im[5 * h + j]);
                            }
                        }
                    }
                }
            } else if radix == 4 {
                for h in 0..4usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        if writes {
                            let start = to + c * out_line as usize + q * out_element as usize;
                            for j in 0..4usize {
                                output.store(start + j * row + out_real as usize, re[4 * h + j] * scale);
                                output.store(start + j * row + out_imaginary as usize, im[4 * h + j] * scale);
                            }
                        } else {
                            let start = c * line_step + q * element_step;
                            for j in 0..4usize {
                                let held: usize = place(start + j * row);
                                real.store(held, re[4 * h + j]);
                                imaginary.store(held, im[4 * h + j]);
                            }
                        }
                    }
                }
            } else if radix == 3 {
                for h in 0..5usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        if writes {
                            let start = to + c * out_line as usize + q * out_element as usize;
                            for j in 0..3usize {
                                output.store(start + j * row + out_real as usize, re[3 * h + j] * scale);
                                output.store(start + j * row + out_imaginary as usize, im[3 * h + j] * scale);
                            }
                        } else {
                            let start = c * line_step + q * element_step;
                            for j in 0..3usize {
                                let held: usize = place(start + j * row);
                                real.store(held, re[3 * h + j]);
                                imaginary.store(held, im[3 * h + j]);
                            }
                        }
                    }
                }
            } else if radix == 2 {
                for h in 0..8usize {
                    let (c, q): (usize, usize) = line_and_item(lane + 256 * h, side, per_side, columns);
                    if c < count && q < m {
                        if writes {
                            let start = to + c * out_line as usize + q * out_element as usize;
                            for j in 0..2usize {
                                output.store(start + j * row + out_real as usize, re[2 * h + j] * scale);
                                output.store(start + j * row + out_imaginary as usize, im[2 * h + j] * scale);
                            }
                        } else {
                            let start = c * line_step + q * element_step;
                            for j in 0..2usize {
                                let held: usize = place(start + j * row);
                                real.store(held, re[2 * h + j]);
                                imaginary.store(held, im[2 * h + j]);
                            }
                        }
                    }
                }
            }
        }
    }
    {
        if splits {
            // Rows may have more columns than there are numbers: those are 0.
            let along = out_line as usize / out_element as usize;
            let per_line = 1.0 / along as f32;
            let mut i = at.lane();
            while i < along * count {
                let (c, k): (usize, usize) = line_and_item(i, along, per_line, false);
                let (mut x, mut y) = (0.0, 0.0);
                if k <= n {
                    let a: usize = place(c * n + (if k == n { 0 } else { k }));
                    let b: usize = place(c * n + (if k == 0 { 0 } else { n - k }));
                    let (ar, ai, br, bi) = (real.get(a), imaginary.get(a), real.get(b), imaginary.get(b));
                    (x, y) = of_real_lines(ar, ai, br, bi, roots.get(2 * k), roots.get(2 * k + 1));
                }
                let start = to + c * out_line as usize + k * out_element as usize;
                output.store(start + out_real as usize, x);
                output.store(start + out_imaginary as usize, y);
                i += 256;
            }
        }
    }
}

family! {
    operations: [],
    kernels: [fourier_lines],
}
