//! Transfer functions: spectra of kernels, as far as they have to be in memory.
//!
//! A kernel has few voxels along an axis of many. Its spectrum there is a sum over them, and of 16 numbers a sixteenth
//! of the line apart the sums share their terms: with w the root of the line, K(q + j·n/16) = Σₛ (Σᵤ k(16u + s)·w^(q·(16u +
//! s)))·exp(-2πi·s·j/16), one complex product for each voxel and a transform of 16. From some 64 voxels on a transform of
//! the line with its zeros is less work.
//!
//! Floors: 8 bytes written for each complex number; 17 instructions for each tap of 16 numbers, and 14 for each number.
//! Where the last axis is transformed on chip not even that: [`crate::fourier_powers`] computes the sums where it needs them.
//!
//! Invariant: whether sums or transforms are taken follows from the extents alone, and the sums have the same bits
//! wherever they are computed.

use std::cell::OnceCell;

use crate::catalogue::family;
use crate::fourier::{Complex, Direction, forward_rows, index, transform_axis};
use crate::fourier_launch::tile;
use crate::fourier_passes::{complex_product, placed, transform_of_four};
use crate::frequency::per_axis;
use crate::prelude::*;
use crate::roots::roots;

/// An image whose middle ⌊n / 2⌋ is at the origin of a longer one, along x, and wraps around there; 0 elsewhere.
#[gpu_op(gather, layout = source.of_extent(extent))]
pub fn rows_around_origin(
    source: Sampler<f32>,
    at: Position,
    #[param(range = 1..=2147483647, unit = "voxels")] extent: PerAxis<u32>,
) -> f32 {
    let x = (at.x() + source.extent_x() / 2) % extent.x as i32;
    if x < source.extent_x() { source.at(x, at.y(), at.z()) } else { 0.0 }
}

/// Longer lines of complex numbers: the middle of the shorter ones is at their origin and wraps around there; 0 elsewhere.
#[gpu_op(grid)]
pub fn lines_around_origin(at: Item, input: Read<f32>, output: Write<f32>, inner: u32, len: u32, long: u32) {
    let (element, column) = (at.x() / inner as usize, at.x() % inner as usize);
    let place = (element + (len / 2) as usize) % long as usize;
    let block = at.n() * at.extent_y() + at.y();
    let mut value = 0.0;
    if place < len as usize {
        value = input.get((block * len as usize + place) * inner as usize + column);
    }
    output.store(block * at.extent_x() + at.x(), value);
}

/// The transform of lines of `taps` complex numbers whose middle is at the origin of lines of `len`, 0 elsewhere: `parts`
/// (16, 4 or 1) of its numbers for each item. The first tap counts for the place `skipped` behind one of a multiple of 16.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "lines and their taps")]
pub fn fourier_taps(
    at: Item,
    input: Read<f32>,
    output: Write<f32>,
    roots: Read<f32>,
    inner: u32,
    len: u32,
    taps: u32,
    skipped: u32,
    parts: u32,
    tile: u32,
    in_step: u32,
    in_plane: u32,
    out_step: u32,
    out_plane: u32,
) {
    let n = len as usize;
    // Items that lie side by side take the rows of a tile.
    let rows = tile as usize;
    let across = at.x() >> rows;
    let some = across / inner as usize;
    let column = across - some * inner as usize;
    let q = (some << rows) + (at.x() & ((1usize << rows) - 1));
    let volume = at.extent_y() * inner as usize * taps as usize;
    let line = at.y() * inner as usize * taps as usize + column;
    let begin = skipped as usize;
    let end = begin + taps as usize;
    // The first tap counts for minus half of them.
    let behind = 16 * n - (begin + taps as usize / 2);
    let mut re = [0.0; 16];
    let mut im = [0.0; 16];
    let mut i = 0usize;
    while i < end {
        for s in 0..16usize {
            if i + s >= begin && i + s < end {
                let a = 2 * at.n() * volume + (line + (i + s - begin) * inner as usize) * in_step as usize;
                let (kr, ki) = (input.get(a), input.get(a + in_plane as usize));
                let t = 2 * (((i + s + behind) * q) % n);
                let (wr, wi) = (roots.get(t), roots.get(t + 1));
                re[s] = kr.mul_add(wr, (-ki).mul_add(wi, re[s]));
                im[s] = kr.mul_add(wi, ki.mul_add(wr, im[s]));
            }
        }
        i += 16;
    }
    let block = inner as usize * n;
    let place = at.y() * block + placed(q, rows, (inner as usize) << rows) + (column << rows);
    let start = 2 * at.n() * at.extent_y() * block + place * out_step as usize;
    let apart = n / parts as usize * inner as usize * out_step as usize;
    let imaginary = start + out_plane as usize;
    if parts == 16 {
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
            output.store(start + b * apart, ar);
            output.store(start + (b + 4) * apart, br);
            output.store(start + (b + 8) * apart, cr);
            output.store(start + (b + 12) * apart, dr);
            output.store(imaginary + b * apart, ai);
            output.store(imaginary + (b + 4) * apart, bi);
            output.store(imaginary + (b + 8) * apart, ci);
            output.store(imaginary + (b + 12) * apart, di);
        }
    } else {
        for s in 0..4usize {
            re[s] = (re[s] + re[s + 4]) + (re[s + 8] + re[s + 12]);
            im[s] = (im[s] + im[s + 4]) + (im[s + 8] + im[s + 12]);
        }
        if parts == 4 {
            let (ar, br, cr, dr, ai, bi, ci, di) =
                transform_of_four(re[0], re[1], re[2], re[3], im[0], im[1], im[2], im[3]);
            output.store(start, ar);
            output.store(start + apart, br);
            output.store(start + 2 * apart, cr);
            output.store(start + 3 * apart, dr);
            output.store(imaginary, ai);
            output.store(imaginary + apart, bi);
            output.store(imaginary + 2 * apart, ci);
            output.store(imaginary + 3 * apart, di);
        } else {
            output.store(start, (re[0] + re[1]) + (re[2] + re[3]));
            output.store(imaginary, (im[0] + im[1]) + (im[2] + im[3]));
        }
    }
}

/// How many numbers of a line share the terms of their sums, if sums are taken at all.
fn parts_of_sums(len: usize, taps: usize) -> Option<usize> {
    let (parts, most) = if len.is_multiple_of(16) {
        (16, 64)
    } else if len.is_multiple_of(4) {
        (4, 32)
    } else {
        (1, 16)
    };
    // Products of places below 2¹³ are indices.
    (len <= 1 << 13 && taps <= most.min(len)).then_some(parts)
}

/// How far behind a place of a multiple of 16 the first of so many taps is, if the middle one is at such a place.
pub(crate) fn skipped(taps: usize) -> usize {
    (16 - taps / 2 % 16) % 16
}

/// The transform of lines whose middle is at the origin of longer ones. Along y its rows are in tiles of 2^`tile`.
pub(crate) fn lengthened(context: &Context, lines: &Complex, axis: usize, len: usize, tile: u32) -> Result<Complex> {
    let taps = lines.extent[axis];
    let mut extent = lines.extent;
    extent[axis] = len;
    let longer = Complex::unset_in_tiles(context, extent, lines.batch, tile)?;
    // Along z tiles are places beside each other like any others.
    let along = if axis == 1 { tile } else { 0 };
    let (inner, outer) = lines.around(axis);
    if let Some(parts) = parts_of_sums(len, taps) {
        let domain = Domain { batch: lines.batch, extent: [inner * (len / parts), outer, 1] };
        let table = context.constant(&roots(len))?;
        let numbers = [inner, len, taps, skipped(taps), parts].map(index);
        let [inner, len, taps, skipped, parts] = numbers;
        let [inner, len, taps, skipped, parts] = [inner?, len?, taps?, skipped?, parts?];
        fourier_taps(
            context,
            domain,
            &lines.store,
            &longer.store,
            &table,
            inner,
            len,
            taps,
            skipped,
            parts,
            along,
            lines.planes.step,
            lines.planes.imaginary.unwrap_or(0),
            longer.planes.step,
            longer.planes.imaginary.unwrap_or(0),
        )?;
        return Ok(longer);
    }
    // Real and imaginary planes one behind the other, or the parts of a number.
    let zeros = Complex::unset_in_tiles(context, extent, lines.batch, lines.tile)?;
    let (parts, planes) = if lines.tile > 0 { (2, 1) } else { (1, 2) };
    let domain = Domain { batch: planes * lines.batch, extent: [parts * inner * len, outer, 1] };
    let inner = index(parts * inner)?;
    lines_around_origin(context, domain, &lines.store, &zeros.store, inner, index(taps)?, index(len)?)?;
    transform_axis(context, &zeros, axis, Direction::Forward, 1.0, Some(longer))
}

/// What a spectrum is multiplied with.
pub(crate) struct Transfer {
    lines: Complex,
    /// The axis along which these are a kernel's own voxels, still to be transformed, and its length.
    short: Option<(usize, usize)>,
    whole: OnceCell<Complex>,
    /// How the rows of what is multiplied with it lie: in tiles of 2^`tile`.
    tile: u32,
}

impl Transfer {
    /// The spectrum itself.
    pub(crate) fn of(spectrum: Complex) -> Transfer {
        Transfer { tile: spectrum.tile, lines: spectrum, short: None, whole: OnceCell::new() }
    }

    /// That of a kernel whose middle is at the origin of a frame of even width. Lines of zeros are not transformed: they
    /// stay zeros until the axis across them is.
    pub(crate) fn around_origin(context: &Context, kernel: &AnyImage, frame: [usize; 3]) -> Result<Transfer> {
        let [_, height, depth] = kernel.spatial();
        let rows = context.eval(rows_around_origin(kernel, per_axis([frame[0], height, depth])))?;
        let axes: Vec<usize> = (1..3).filter(|&axis| frame[axis] > 1).collect();
        let half = frame[0] / 2;
        let Some((&last, before)) = axes.split_last() else {
            return Ok(Transfer::of(forward_rows(context, rows.any(), half + 1, 0)?));
        };
        let tile = tile(context, half, frame[1]);
        let mut lines = forward_rows(context, rows.any(), columns(context, half), 0)?;
        for &axis in before {
            lines = lengthened(context, &lines, axis, frame[axis], tile)?;
        }
        if parts_of_sums(frame[last], lines.extent[last]).is_some() {
            return Ok(Transfer { lines, short: Some((last, frame[last])), whole: OnceCell::new(), tile });
        }
        Ok(Transfer::of(lengthened(context, &lines, last, frame[last], tile)?))
    }

    /// The lines whose sums are the spectrum along an axis.
    pub(crate) fn taps(&self, axis: usize) -> Option<&Complex> {
        self.short.filter(|short| short.0 == axis).map(|_| &self.lines)
    }

    /// All of it.
    pub(crate) fn whole(&self, context: &Context) -> Result<&Complex> {
        let Some((axis, len)) = self.short else { return Ok(&self.lines) };
        if let Some(whole) = self.whole.get() {
            return Ok(whole);
        }
        let whole = lengthened(context, &self.lines, axis, len, self.tile)?;
        Ok(self.whole.get_or_init(|| whole))
    }

    /// The rows of a spectrum lie in tiles of 2^`tile`.
    pub(crate) fn tile(&self) -> u32 {
        self.tile
    }

    /// Columns of the spectrum in memory.
    pub(crate) fn columns(&self) -> usize {
        self.lines.extent[0]
    }
}

/// Columns that are worth to have for the half spectrum of rows of `half` pairs: on a GPU columns are transformed side by
/// side, eight of them being a sector of memory, which each row had better begin with.
fn columns(context: &Context, half: usize) -> usize {
    let whole = half >= 32 && !context.runs_natively();
    if whole { (half + 1).next_multiple_of(8) } else { half + 1 }
}

family! {
    operations: [],
    kernels: [fourier_taps],
}
