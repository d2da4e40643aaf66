//! The Fourier transform of lines of 2ⁿ elements, and what is done beside it: [`crate::fourier_lines`] made for them.
//!
//! A group holds 4096 complex numbers, whole lines of them; its 256 lanes take 16 of them each in every pass, in one
//! transform of 16 or two of 8. All sizes being powers of two, a place is a pattern of bits into which the number of an
//! element is inserted: what lies `k` steps behind a place is at a sum, also in shared memory with its gaps, and so a
//! pass computes two places for 16 elements. Rows and columns differ in steps only.
//!
//! Real parts lie in shared memory first, imaginary parts a constant step behind them, which is part of an instruction.
//!
//! Gaps: in a pass of radix R that reads elements U apart, lanes that lie side by side read U neighbours, then those
//! U·R further on. If U is below 32, every block of U·R (or of 32) elements is followed by U that are left out, so that
//! 32 lanes read 32 banks. Before and behind all passes there are no gaps.
//!
//! A product with the spectrum of a kernel is a round between the passes there and back: its lane computes 16 numbers a
//! sixteenth of the line apart, as [`fourier_taps`](crate::transfer::fourier_taps()) does, and multiplies what lies in shared memory
//! with them. So the spectrum of a small kernel is in no memory.
//!
//! What an iteration of [`crate::deconvolution`] does with voxels is such a round too, between the inverse transform of rows and the next
//! forward one: their numbers are pairs of real voxels there. Neither the blurred image nor the ratio is in any memory.
//!
//! Floors: 16 bytes for each complex number; 14 to 16 instructions of arithmetic, 4 that exchange it through shared
//! memory and some 7 beside them for each and pass; 17 for each tap of a kernel and 16 numbers.
//!
//! Invariant: the arithmetic of each element is that of [`crate::fourier_passes`].
use crate::catalogue::family;
use crate::deconvolution::{brightened, brightness_ratio};
use crate::fourier_passes::{complex_product, of_pairs, of_real_lines, placed, transform_of_four, transform_of_two};
use crate::prelude::*;

/// Where an element lies in shared memory, whose blocks of 2^`block` elements are followed by a gap.
#[gpu_fn]
fn spread(element: usize, block: usize, gap: usize) -> usize {
    element + (element >> block) * gap
}

/// Inserts `more` zeros into the bits of a number, above the lowest `low`.
#[gpu_fn]
fn opened(number: usize, low: usize, more: usize) -> usize {
    let above = (number >> low) << low;
    number + (above << more) - above
}

/// Exchanges the lowest `low` bits of a number with the `high` bits above them.
#[gpu_fn]
fn exchanged(number: usize, low: usize, high: usize) -> usize {
    let above = (number >> (low + high)) << (low + high);
    above + ((number & ((1usize << low) - 1)) << high) + ((number >> low) & ((1usize << high) - 1))
}

/// Transforms lines of 2^`log` elements. `first`, `second` and `third` are the passes, as
/// [`plans`](crate::fourier_launch::plans) makes them. With `taps` the transfer function is that of a kernel with so many voxels
/// along the line, the first of which counts for the place `skipped` behind one of a multiple of 16. With `real` the product is one of voxels: 1
/// takes the brightness of those of `transfer` by what the inverse transform says, 2 brightens them by it, and keeps what that gives in `kept`.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "two layouts and a transfer function")]
pub fn fourier_powers(
    at: Lane<256>,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    transfer: Read<f32>,
    kept: Write<f32>,
    held: Shared<f32, 9216>,
    #[param(specialized)] log: u32,
    #[param(specialized)] first: u32,
    #[param(specialized)] second: u32,
    #[param(specialized)] third: u32,
    #[param(specialized)] passes: u32,
    lines: u32,
    #[param(specialized)] full: bool,
    #[param(specialized)] columns: bool,
    #[param(specialized)] merges: bool,
    #[param(specialized)] splits: bool,
    #[param(specialized)] multiplies: bool,
    #[param(specialized)] real: u32,
    conjugate: bool,
    taps: u32,
    skipped: u32,
    in_batch: u32,
    in_block: u32,
    in_line: u32,
    in_element: u32,
    in_real: u32,
    in_imaginary: u32,
    #[param(specialized)] in_pairs: bool,
    #[param(specialized)] in_exchanged: bool,
    #[param(specialized)] in_tile: u32,
    #[param(specialized)] in_complex: bool,
    out_batch: u32,
    out_block: u32,
    out_line: u32,
    out_element: u32,
    out_real: u32,
    out_imaginary: u32,
    #[param(specialized)] out_pairs: bool,
    #[param(specialized)] out_exchanged: bool,
    #[param(specialized)] out_tile: u32,
    transfer_batch: u32,
    transfer_line: u32,
    transfer_element: u32,
    transfer_plane: u32,
    #[param(specialized)] transfer_pairs: bool,
    #[param(specialized)] transfer_tile: u32,
    scale: f32,
    least: f32,
    epsilon: f32,
) {
    let bits = log as usize;
    let n = 1usize << bits;
    let width = 4096usize >> bits;
    let first_line = at.x() * width;
    // Where no group has fewer lines than it takes, no test for them is left.
    let count = if full { width } else { (lines as usize - first_line).min(width) };
    // Columns lie side by side in shared memory: from element to element it is 2^side.
    let side = if columns { 12 - bits } else { 0usize };
    let from = at.n() * in_batch as usize + at.y() * in_block as usize;
    let to = at.n() * out_batch as usize + at.y() * out_block as usize;
    // Where parts lie side by side, steps count pairs: what is at 2i and 2i + 1 is one access.
    let (in_step, out_step) = (if in_pairs { 2usize } else { 1usize }, if out_pairs { 2usize } else { 1usize });
    let (in_swap, out_swap) = (if in_exchanged { 1usize } else { 0usize }, if out_exchanged { 1usize } else { 0usize });
    let in_re = if in_pairs { in_swap } else { in_real as usize };
    let in_im = if in_pairs { 1 - in_swap } else { in_imaginary as usize };
    let out_re = if out_pairs { out_swap } else { out_real as usize };
    let out_im = if out_pairs { 1 - out_swap } else { out_imaginary as usize };
    let transfer_step = if transfer_pairs { 2usize } else { 1usize };
    let transfer_im = if transfer_pairs { 1usize } else { transfer_plane as usize };
    // Rows lie in tiles: they are the elements of columns, or the lines.
    let (in_tall, out_tall) = (if columns { in_tile } else { 0u32 }, if columns { out_tile } else { 0u32 });
    let (in_wide, out_wide) = (if columns { 0u32 } else { in_tile }, if columns { 0u32 } else { out_tile });
    // Lanes that lie side by side take the rows of a tile.
    let tile = if in_tall > out_tall { in_tall as usize } else { out_tall as usize };
    // So many banks lie between rows when their pairs are taken row by row.
    let row_gap = if splits && out_tile > 0 { 32usize >> out_tile } else { 0usize };
    // Real lines are transformed as half as many pairs, whose roots are every second one.
    let root_step = if merges || splits { 4usize } else { 2usize };
    let rounds = if multiplies { 2 * passes + 1 } else { passes };
    let eighth = n >> 3;
    let mut re = [0.0; 16];
    let mut im = [0.0; 16];
    {
        if merges {
            let block = ((first >> 9) & 15) as usize;
            let gap = (first >> 13) as usize;
            let rows = in_tile as usize;
            // Compilers do not know how many lanes there are: what follows from it is known to be below.
            let lane = at.lane() & 255;
            // All that is read is on its way before the first pair is computed: a number and the one at its mirror place.
            for pair in 0..8usize {
                let i = lane + 256 * pair;
                let k = (i >> rows) & ((n >> 1) - 1);
                let c = (i & ((1usize << rows) - 1)) + ((i >> (bits - 1 + rows)) << rows);
                if c < count {
                    let line = from + placed(first_line + c, rows, in_line as usize);
                    let a = line + k * in_element as usize;
                    let b = line + (n - k) * in_element as usize;
                    re[2 * pair] = input.get(in_step * a + in_re);
                    im[2 * pair] = input.get(in_step * a + in_im);
                    re[2 * pair + 1] = input.get(in_step * b + in_re);
                    im[2 * pair + 1] = input.get(in_step * b + in_im);
                }
            }
            for pair in 0..8usize {
                let i = lane + 256 * pair;
                let k = (i >> rows) & ((n >> 1) - 1);
                let c = (i & ((1usize << rows) - 1)) + ((i >> (bits - 1 + rows)) << rows);
                let low: usize = spread(c * n + k, block, gap);
                let high: usize = spread(c * n + (if k == 0 { n >> 1 } else { n - k }), block, gap);
                let (ar, ai, br, bi) = (re[2 * pair], im[2 * pair], re[2 * pair + 1], im[2 * pair + 1]);
                let (cos, sin) = (roots.get(2 * k), roots.get(2 * k + 1));
                let (x, y) = of_pairs(ar, ai, br, bi, cos, sin);
                let (mut z, mut w) = of_pairs(br, bi, ar, ai, -cos, sin);
                if k == 0 && c < count {
                    let middle = from + placed(first_line + c, rows, in_line as usize) + (n >> 1) * in_element as usize;
                    let (cr, ci) = (input.get(in_step * middle + in_re), input.get(in_step * middle + in_im));
                    (z, w) = of_pairs(cr, ci, cr, ci, roots.get(n), roots.get(n + 1));
                }
                // The inverse transform is that of exchanged parts.
                held.store(low, y);
                held.store(low + 4608, x);
                held.store(high, w);
                held.store(high + 4608, z);
            }
        }
    }
    for round in 0..rounds {
        let between = multiplies && round == passes;
        let pass = if round <= passes { round } else { round - passes - 1 };
        let plan = if pass == 0 { first } else { if pass == 1 { second } else { third } };
        // There are no gaps between columns in the round of the product, as there are none before the first pass.
        let last = (bits + (row_gap << 4)) as u32;
        // What is between two transforms of rows lies as the first pass reads it.
        let behind = if real > 0 && round < passes { first } else { last << 9 };
        let follow = if pass + 1 >= passes { behind } else { if pass == 0 { second } else { third } };
        let wide = between || plan & 1 == 1;
        let more = if wide { 4usize } else { 3usize };
        // Elements of a transform are 2^low apart in shared memory.
        let low = ((plan >> 1) & 15) as usize;
        let done = if between { 0usize } else { ((plan >> 5) & 15) as usize };
        let reads = round == 0 && !merges;
        let writes = round + 1 == rounds && !splits;
        {
            let lane: usize = exchanged(at.lane(), tile, side);
            if between && real == 0 {
                // Lines of an image are multiplied along its last axis: they are columns.
                let c = lane & (width - 1);
                let q = lane >> side;
                let line = at.n() * transfer_batch as usize + (first_line + c) * transfer_line as usize;
                for slot in 0..16usize {
                    re[slot] = 0.0;
                    im[slot] = 0.0;
                }
                if c < count && taps == 0 {
                    let apart = (n >> 4 >> transfer_tile) * transfer_element as usize;
                    let start = line + placed(q, transfer_tile as usize, transfer_element as usize);
                    for h in 0..2usize {
                        for j in 0..8usize {
                            let place = transfer_step * (start + (2 * j + h) * apart);
                            re[8 * h + j] = transfer.get(place);
                            im[8 * h + j] = transfer.get(place + transfer_im);
                        }
                    }
                }
                if c < count && taps > 0 {
                    let begin = skipped as usize;
                    let end = begin + taps as usize;
                    // The first tap counts for minus half of them.
                    let behind = n - (begin + taps as usize / 2);
                    let mut i = 0usize;
                    while i < end {
                        for four in 0..4usize {
                            let next = i + 4 * four;
                            if next + 4 > begin && next < end {
                                let mut kr = [0.0; 4];
                                let mut ki = [0.0; 4];
                                let mut wr = [0.0; 4];
                                let mut wi = [0.0; 4];
                                // Four are read before the first is multiplied; what is read in place of others is not.
                                for s in 0..4usize {
                                    let tap = (next + s).max(begin).min(end - 1) - begin;
                                    let a = transfer_step * (line + tap * transfer_element as usize);
                                    kr[s] = transfer.get(a);
                                    ki[s] = transfer.get(a + transfer_im);
                                    let t = 2 * (((next + s + behind) * q) & (n - 1));
                                    wr[s] = roots.get(t);
                                    wi[s] = roots.get(t + 1);
                                }
                                for s in 0..4usize {
                                    if next + s >= begin && next + s < end {
                                        let slot = 4 * four + s;
                                        re[slot] = kr[s].mul_add(wr[s], (-ki[s]).mul_add(wi[s], re[slot]));
                                        im[slot] = kr[s].mul_add(wi[s], ki[s].mul_add(wr[s], im[slot]));
                                    }
                                }
                            }
                        }
                        i += 16;
                    }
                }
            } else if !between {
                for h in 0..2usize {
                    let item = if wide { lane } else { lane + 256 * h };
                    if reads {
                        let c = if columns { item & (width - 1) } else { item >> (bits - more) };
                        let q = if columns { item >> side } else { item & ((n >> more) - 1) };
                        let apart = (n >> more >> in_tall) * in_element as usize;
                        let line = from + placed(first_line + c, in_wide as usize, in_line as usize);
                        let place = line + placed(q, in_tall as usize, in_element as usize);
                        let start = place + (if wide { 8 * h * apart } else { 0 });
                        if c < count {
                            for k in 0..8usize {
                                re[8 * h + k] = input.get(in_step * (start + k * apart) + in_re);
                            }
                            if in_complex {
                                for k in 0..8usize {
                                    im[8 * h + k] = input.get(in_step * (start + k * apart) + in_im);
                                }
                            }
                        }
                    } else {
                        let block = ((plan >> 9) & 15) as usize;
                        let gap = (plan >> 13) as usize;
                        let place: usize = opened(item, low, more);
                        let whole: usize = spread(place, block, gap);
                        let start = whole + (if wide { (8 * h) << low } else { 0usize });
                        let apart = 1usize << low;
                        for k in 0..8usize {
                            re[8 * h + k] = held.get(start + k * apart);
                            im[8 * h + k] = held.get(start + k * apart + 4608);
                        }
                    }
                }
            }
            let mut results = [0.0; 16];
            let mut others = [0.0; 16];
            if between && taps == 0 {
                for slot in 0..16usize {
                    results[slot] = re[slot];
                    others[slot] = im[slot];
                }
            } else if wide {
                let p = (lane >> low) & ((1usize << done) - 1);
                if p > 0 {
                    let t = (p * root_step) << (low - side);
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
                // Those of even numbers first, so that what a lane has are two times eight elements an eighth apart.
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
                    let slot = 8 * (b % 2) + b / 2;
                    results[slot] = ar;
                    results[slot + 2] = br;
                    results[slot + 4] = cr;
                    results[slot + 6] = dr;
                    others[slot] = ai;
                    others[slot + 2] = bi;
                    others[slot + 4] = ci;
                    others[slot + 6] = di;
                }
            } else {
                for h in 0..2usize {
                    let p = ((lane + 256 * h) >> low) & ((1usize << done) - 1);
                    if p > 0 {
                        let t = (p * root_step) << (low - side);
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
            }
            for slot in 0..16usize {
                re[slot] = results[slot];
                im[slot] = others[slot];
            }
            if writes && scale != 1.0 {
                for slot in 0..16usize {
                    re[slot] *= scale;
                    im[slot] *= scale;
                }
            }
        }
        {
            let lane: usize = exchanged(at.lane(), tile, side);
            for h in 0..2usize {
                let item = if wide { lane } else { lane + 256 * h };
                if writes {
                    let c = if columns { item & (width - 1) } else { item >> (bits - more) };
                    let q = if columns { item >> side } else { item & ((n >> more) - 1) };
                    let k = q + (if wide { h * (n >> 4) } else { 0 });
                    let line = to + placed(first_line + c, out_wide as usize, out_line as usize);
                    let start = line + placed(k, out_tall as usize, out_element as usize);
                    let apart = (eighth >> out_tall) * out_element as usize;
                    if c < count {
                        for j in 0..8usize {
                            output.store(out_step * (start + j * apart) + out_re, re[8 * h + j]);
                            output.store(out_step * (start + j * apart) + out_im, im[8 * h + j]);
                        }
                    }
                } else if between && real > 0 {
                    let block = ((first >> 9) & 15) as usize;
                    let gap = (first >> 13) as usize;
                    let lane = at.lane() & 255;
                    let voxels = at.n() * transfer_batch as usize + first_line * transfer_line as usize;
                    // Pairs of voxels that lie side by side; all are on their way before the first is used.
                    for j in 0..8usize {
                        let place = lane + 256 * (8 * h + j);
                        let c = place >> bits;
                        let k = place & (n - 1);
                        if c < count {
                            let i = voxels + c * transfer_line as usize + k * transfer_element as usize;
                            re[j] = transfer.get(transfer_step * i);
                            im[j] = transfer.get(transfer_step * i + transfer_im);
                        }
                    }
                    for j in 0..8usize {
                        let place = lane + 256 * (8 * h + j);
                        let c = place >> bits;
                        let k = place & (n - 1);
                        if c < count {
                            let lies: usize = spread(place, block, gap);
                            let (even, odd) = (scale * held.get(lies + 4608), scale * held.get(lies));
                            let mut x = brightness_ratio(re[j], even, least, epsilon);
                            let mut y = brightness_ratio(im[j], odd, least, epsilon);
                            if real > 1 {
                                x = brightened(re[j], even);
                                y = brightened(im[j], odd);
                                let i = voxels + c * transfer_line as usize + k * transfer_element as usize;
                                kept.store(transfer_step * i, x);
                                kept.store(transfer_step * i + transfer_im, y);
                            }
                            held.store(lies, x);
                            held.store(lies + 4608, y);
                        }
                    }
                } else if between {
                    for j in 0..8usize {
                        let place = lane + 256 * (2 * j + h);
                        let other = if conjugate { -im[8 * h + j] } else { im[8 * h + j] };
                        let (x, y) = complex_product(held.get(place), held.get(place + 4608), re[8 * h + j], other);
                        // The inverse transform is that of exchanged parts.
                        held.store(place, y);
                        held.store(place + 4608, x);
                    }
                } else {
                    let block = ((follow >> 9) & 15) as usize;
                    let gap = (follow >> 13) as usize;
                    let lowest = bits + side - more;
                    let place: usize = opened(item, lowest, more);
                    let whole = place + (if wide { h << lowest } else { 0usize });
                    let start: usize = spread(whole, block, gap);
                    let apart: usize = spread(eighth << side, block, gap);
                    for j in 0..8usize {
                        held.store(start + j * apart, re[8 * h + j]);
                        held.store(start + j * apart + 4608, im[8 * h + j]);
                    }
                }
            }
        }
    }
    {
        if splits {
            let rows = out_tile as usize;
            let lane = at.lane() & 255;
            for pair in 0..8usize {
                let i = lane + 256 * pair;
                let k = (i >> rows) & ((n >> 1) - 1);
                let c = (i & ((1usize << rows) - 1)) + ((i >> (bits - 1 + rows)) << rows);
                if c < count {
                    let a = c * (n + row_gap) + k;
                    let b = c * (n + row_gap) + (if k == 0 { 0 } else { n - k });
                    re[2 * pair] = held.get(a);
                    im[2 * pair] = held.get(a + 4608);
                    re[2 * pair + 1] = held.get(b);
                    im[2 * pair + 1] = held.get(b + 4608);
                }
            }
            for pair in 0..8usize {
                let i = lane + 256 * pair;
                let k = (i >> rows) & ((n >> 1) - 1);
                let c = (i & ((1usize << rows) - 1)) + ((i >> (bits - 1 + rows)) << rows);
                if c < count {
                    let (ar, ai, br, bi) = (re[2 * pair], im[2 * pair], re[2 * pair + 1], im[2 * pair + 1]);
                    let start = to + placed(first_line + c, rows, out_line as usize);
                    let (cos, sin) = (roots.get(2 * k), roots.get(2 * k + 1));
                    let (x, y) = of_real_lines(ar, ai, br, bi, cos, sin);
                    let at_k = start + k * out_element as usize;
                    output.store(out_step * at_k + out_re, x);
                    output.store(out_step * at_k + out_im, y);
                    // The root of n - k is that of k, mirrored; that of 0 has a zero of the other sign.
                    let (x, y) = of_real_lines(br, bi, ar, ai, -cos, if k == 0 { 0.0 } else { sin });
                    let mirrored = start + (n - k) * out_element as usize;
                    output.store(out_step * mirrored + out_re, x);
                    output.store(out_step * mirrored + out_im, y);
                    if k == 0 {
                        let middle = c * (n + row_gap) + (n >> 1);
                        let (cr, ci) = (held.get(middle), held.get(middle + 4608));
                        let (x, y) = of_real_lines(cr, ci, cr, ci, roots.get(n), roots.get(n + 1));
                        let half = start + (n >> 1) * out_element as usize;
                        output.store(out_step * half + out_re, x);
                        output.store(out_step * half + out_im, y);
                    }
                }
            }
            // Rows end in up to seven columns that nobody asked for, so that each begins with a sector of memory.
            let mut i = at.lane();
            while i < 8 * count {
                let k = n + 1 + i % 8;
                if k * (out_element as usize) < out_line as usize {
                    let line = to + placed(first_line + i / 8, rows, out_line as usize);
                    let spare = line + k * out_element as usize;
                    output.store(out_step * spare + out_re, 0.0);
                    output.store(out_step * spare + out_im, 0.0);
                }
                i += 256;
            }
        }
    }
}

family! {
    operations: [],
    kernels: [fourier_powers],
}
