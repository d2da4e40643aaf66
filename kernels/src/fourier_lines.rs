//! The Fourier transform of lines that fit on chip: one launch for an axis, whatever the number of passes.
//!
//! A group takes a few lines that lie side by side, as many as fill 4096 complex numbers: rows one below the other along
//! x, columns side by side along y and z. The first pass reads them from memory, the last one writes them; between two
//! passes they lie in memory that the group shares. The passes are those of [`crate::fourier_passes`], with the same
//! arithmetic in the same order, and so with the same bits. So are what is done around them: what turns spectra of pairs
//! into those of real lines, and the product with a transfer function between a transform and its inverse.
//!
//! A transform reads and writes 16 bytes for each complex number, one copy of an image. Beside that a pass exchanges two
//! words of each complex number through shared memory, and computes some ten operations: of three passes both are below
//! what an H200 does in the time of the copy.
//!
//! Invariant: of the elements of a pass each is read and written by one lane, between two phases.
use crate::catalogue::family;
use crate::fourier_passes::{complex_product, transform_of_four, transform_of_two};
use crate::prelude::*;

/// Complex numbers that a group holds.
pub(crate) const HELD: usize = 4096;

/// Where an element lies in shared memory: so that neither neighbours nor those that lie a power of two apart wait for
/// each other. A permutation of every 32.
#[gpu_fn]
fn place(element: usize) -> usize {
    element ^ ((element >> 5) & 31)
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
            let mut i = at.lane();
            while i < n * count {
                let (c, k) = (i / n, i % n);
                let a = from + c * in_line as usize + in_real as usize + k * in_element as usize;
                let b = from + c * in_line as usize + in_real as usize + (n - k) * in_element as usize;
                let further = in_imaginary as usize - in_real as usize;
                let (ar, ai, br, bi) = (input.get(a), input.get(a + further), input.get(b), input.get(b + further));
                let (x, y) = complex_product(0.5 * (ar - br), 0.5 * (ai + bi), roots.get(2 * k), -roots.get(2 * k + 1));
                let held: usize = place(i);
                imaginary.store(held, (0.5 * (ar + br)) - y);
                real.store(held, (0.5 * (ai - bi)) + x);
                i += 256;
            }
        }
    }
    for round in 0..rounds {
        unit = if round == passes { n } else { unit };
        {
            if round == passes {
                let all = n * width as usize;
                let mut i = at.lane();
                while i < all {
                    let c = if columns { i % width as usize } else { i / n };
                    let e = if columns { i / width as usize } else { i % n };
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
        let reads = round == 0 && !merges;
        let writes = round + 1 == rounds && !splits;
        {
            let lane = at.lane();
            let (a, b) = (lane / side, lane % side);
            let (c, q) = (if columns { b } else { a }, if columns { a } else { b });
            let p = q / unit;
            let apart = if reads { unit * in_element as usize } else { unit * element_step };
            if radix == 16 {
                let e = q + p * unit * 15;
                if c < count && q < m {
                    if reads {
                        let start = from + c * in_line as usize + e * in_element as usize;
                        for k in 0..16usize {
                            re[k] = input.get(start + k * apart + in_real as usize);
                            im[k] = 0.0;
                        }
                        if in_complex {
                            for k in 0..16usize {
                                im[k] = input.get(start + k * apart + in_imaginary as usize);
                            }
                        }
                    } else {
                        let start = c * line_step + e * element_step;
                        for k in 0..16usize {
                            let held: usize = place(start + k * apart);
                            re[k] = real.get(held);
                            im[k] = imaginary.get(held);
                        }
                        if p > 0 {
                            for k in 1..16usize {
                                let t = p * k * unit * root_step;
                                let (x, y) = complex_product(re[k], im[k], roots.get(t), roots.get(t + 1));
                                re[k] = x;
                                im[k] = y;
                            }
                        }
                    }
                }
            } else if radix == 8 {
                for h in 0..2usize {
                    let i = lane + 256 * h;
                    let (a, b) = (i / side, i % side);
                    let (c, q) = (if columns { b } else { a }, if columns { a } else { b });
                    let p = q / unit;
                    let e = q + p * unit * 7;
                    if c < count && q < m {
                        if reads {
                            let start = from + c * in_line as usize + e * in_element as usize;
                            for k in 0..8usize {
                                re[8 * h + k] = input.get(start + k * apart + in_real as usize);
                                im[8 * h + k] = 0.0;
                            }
                            if in_complex {
                                for k in 0..8usize {
                                    im[8 * h + k] = input.get(start + k * apart + in_imaginary as usize);
                                }
                            }
                        } else {
                            let start = c * line_step + e * element_step;
                            for k in 0..8usize {
                                let held: usize = place(start + k * apart);
                                re[8 * h + k] = real.get(held);
                                im[8 * h + k] = imaginary.get(held);
                            }
                            if p > 0 {
                                for k in 1..8usize {
                                    let t = p * k * unit * root_step;
                                    let (x, y) =
                                        complex_product(re[8 * h + k], im[8 * h + k], roots.get(t), roots.get(t + 1));
                                    re[8 * h + k] = x;
                                    im[8 * h + k] = y;
                                }
                            }
                        }
                    }
                }
            } else {
                // As many transforms as fit into 16 elements, one after the other.
                let mut begin = 0usize;
                let mut p = 0usize;
                let mut start = 0usize;
                let mut inside = false;
                for slot in 0..16usize {
                    begin = if slot == begin + radix as usize { slot } else { begin };
                    let k = slot - begin;
                    if k == 0 {
                        let i = lane + 256 * (begin / radix as usize);
                        let (a, b) = (i / side, i % side);
                        let (c, q) = (if columns { b } else { a }, if columns { a } else { b });
                        inside = c < count && q < m && slot + radix as usize <= 16;
                        p = q / unit;
                        let e = q + p * unit * (radix as usize - 1);
                        start = if reads {
                            from + c * in_line as usize + e * in_element as usize
                        } else {
                            c * line_step + e * element_step
                        };
                    }
                    if inside {
                        if reads {
                            re[slot] = input.get(start + k * apart + in_real as usize);
                            im[slot] = 0.0;
                            if in_complex {
                                im[slot] = input.get(start + k * apart + in_imaginary as usize);
                            }
                        } else {
                            let held: usize = place(start + k * apart);
                            re[slot] = real.get(held);
                            im[slot] = imaginary.get(held);
                        }
                        if p > 0 && k > 0 {
                            let t = p * k * unit * root_step;
                            let (x, y) = complex_product(re[slot], im[slot], roots.get(t), roots.get(t + 1));
                            re[slot] = x;
                            im[slot] = y;
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
            } else {
                if radix == 5 {
                    for h in 0..3usize {
                        let s = 5 * h;
                        // Cosines and sines of a fifth of a turn and of two.
                        let (c1, c2, s1, s2) = (0.309_017, -0.809_017, 0.951_056_54, 0.587_785_24);
                        let (ar, ai) = (re[s], im[s]);
                        let (br, bi) = (re[s + 1] + re[s + 4], im[s + 1] + im[s + 4]);
                        let (er, ei) = (re[s + 1] - re[s + 4], im[s + 1] - im[s + 4]);
                        let (cr, ci) = (re[s + 2] + re[s + 3], im[s + 2] + im[s + 3]);
                        let (dr, di) = (re[s + 2] - re[s + 3], im[s + 2] - im[s + 3]);
                        let (mr, mi) = (cr.mul_add(c2, br.mul_add(c1, ar)), ci.mul_add(c2, bi.mul_add(c1, ai)));
                        let (nr, ni) = (cr.mul_add(c1, br.mul_add(c2, ar)), ci.mul_add(c1, bi.mul_add(c2, ai)));
                        let (pr, pi) = (dr.mul_add(s2, er * s1), di.mul_add(s2, ei * s1));
                        let (qr, qi) = (dr.mul_add(-s1, er * s2), di.mul_add(-s1, ei * s2));
                        results[s] = (ar + br) + cr;
                        others[s] = (ai + bi) + ci;
                        results[s + 1] = mr + pi;
                        others[s + 1] = mi - pr;
                        results[s + 2] = nr + qi;
                        others[s + 2] = ni - qr;
                        results[s + 3] = nr - qi;
                        others[s + 3] = ni + qr;
                        results[s + 4] = mr - pi;
                        others[s + 4] = mi + pr;
                    }
                } else if radix == 3 {
                    for h in 0..5usize {
                        let s = 3 * h;
                        let (ar, ai) = (re[s], im[s]);
                        let (tr, ti) = (re[s + 1] + re[s + 2], im[s + 1] + im[s + 2]);
                        let (mr, mi) = (tr.mul_add(-0.5, ar), ti.mul_add(-0.5, ai));
                        // The sine of a third of a turn.
                        let (nr, ni) = ((re[s + 1] - re[s + 2]) * 0.866_025_4, (im[s + 1] - im[s + 2]) * 0.866_025_4);
                        results[s] = ar + tr;
                        others[s] = ai + ti;
                        results[s + 1] = mr + ni;
                        others[s + 1] = mi - nr;
                        results[s + 2] = mr - ni;
                        others[s + 2] = mi + nr;
                    }
                } else {
                    // The sums as they stand.
                    let circle = n / radix as usize * root_step;
                    if radix == 7 {
                        for h in 0..2usize {
                            for j in 0..7usize {
                                let mut x = re[7 * h];
                                let mut y = im[7 * h];
                                for k in 1..7usize {
                                    let t = j * k % 7 * circle;
                                    let (cos, sin) = (roots.get(t), roots.get(t + 1));
                                    x = re[7 * h + k].mul_add(cos, (-im[7 * h + k]).mul_add(sin, x));
                                    y = re[7 * h + k].mul_add(sin, im[7 * h + k].mul_add(cos, y));
                                }
                                results[7 * h + j] = x;
                                others[7 * h + j] = y;
                            }
                        }
                    } else if radix == 4 {
                        for h in 0..4usize {
                            for j in 0..4usize {
                                let mut x = re[4 * h];
                                let mut y = im[4 * h];
                                for k in 1..4usize {
                                    let t = j * k % 4 * circle;
                                    let (cos, sin) = (roots.get(t), roots.get(t + 1));
                                    x = re[4 * h + k].mul_add(cos, (-im[4 * h + k]).mul_add(sin, x));
                                    y = re[4 * h + k].mul_add(sin, im[4 * h + k].mul_add(cos, y));
                                }
                                results[4 * h + j] = x;
                                others[4 * h + j] = y;
                            }
                        }
                    } else {
                        for h in 0..8usize {
                            for j in 0..2usize {
                                let t = j * circle;
                                let (cos, sin) = (roots.get(t), roots.get(t + 1));
                                let (x, y) = (re[2 * h + 1], im[2 * h + 1]);
                                results[2 * h + j] = x.mul_add(cos, (-y).mul_add(sin, re[2 * h]));
                                others[2 * h + j] = x.mul_add(sin, y.mul_add(cos, im[2 * h]));
                            }
                        }
                    }
                }
            }
            for slot in 0..16usize {
                re[slot] = results[slot];
                im[slot] = others[slot];
            }
        }
        {
            let lane = at.lane();
            let (a, b) = (lane / side, lane % side);
            let (c, q) = (if columns { b } else { a }, if columns { a } else { b });
            let row = if writes { m * out_element as usize } else { m * element_step };
            if radix == 16 {
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
                    let i = lane + 256 * h;
                    let (a, b) = (i / side, i % side);
                    let (c, q) = (if columns { b } else { a }, if columns { a } else { b });
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
            } else {
                let mut begin = 0usize;
                let mut start = 0usize;
                let mut inside = false;
                for slot in 0..16usize {
                    begin = if slot == begin + radix as usize { slot } else { begin };
                    let j = slot - begin;
                    if j == 0 {
                        let i = lane + 256 * (begin / radix as usize);
                        let (a, b) = (i / side, i % side);
                        let (c, q) = (if columns { b } else { a }, if columns { a } else { b });
                        inside = c < count && q < m && slot + radix as usize <= 16;
                        start = if writes {
                            to + c * out_line as usize + q * out_element as usize
                        } else {
                            c * line_step + q * element_step
                        };
                    }
                    if inside {
                        if writes {
                            output.store(start + j * row + out_real as usize, re[slot] * scale);
                            output.store(start + j * row + out_imaginary as usize, im[slot] * scale);
                        } else {
                            let held: usize = place(start + j * row);
                            real.store(held, re[slot]);
                            imaginary.store(held, im[slot]);
                        }
                    }
                }
            }
        }
    }
    {
        if splits {
            let mut i = at.lane();
            while i < (n + 1) * count {
                let (c, k) = (i / (n + 1), i % (n + 1));
                let a: usize = place(c * n + (if k == n { 0 } else { k }));
                let b: usize = place(c * n + (if k == 0 { 0 } else { n - k }));
                let (ar, ai, br, bi) = (real.get(a), imaginary.get(a), real.get(b), imaginary.get(b));
                let (x, y) = complex_product(0.5 * (ai + bi), 0.5 * (br - ar), roots.get(2 * k), roots.get(2 * k + 1));
                let start = to + c * out_line as usize + k * out_element as usize;
                output.store(start + out_real as usize, (0.5 * (ar + br)) + x);
                output.store(start + out_imaginary as usize, (0.5 * (ai - bi)) + y);
                i += 256;
            }
        }
    }
}

family! {
    operations: [],
    kernels: [fourier_lines],
}
