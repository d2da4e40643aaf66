//! Linear interpolation of a block of voxels: places first, then all that is read, in vectors.
//!
//! Invariant: operation by operation what [`Sampler::linear`] does for one voxel. That is asked for the voxels whose neighbours are
//! not all inside the source and come from its other end; all others are read without a test, which is what the unsafe blocks are for.
#![allow(unsafe_code, reason = "a test per neighbour would keep the loop over the voxels from being vectorised")]

use kernwerk_codegen::ir::Boundary;

use super::simd::{self, Task};
use crate::lang::Sampler;
use crate::lang::sampler::{FAR, lerp};

/// Voxels of a block.
pub(super) const BLOCK: usize = 128;

/// The places of a block, axis by axis.
pub(super) type Places = [[f32; BLOCK]; 3];

/// The values at the first places of a block, as many as `out` has room for.
pub(super) fn linear(source: Sampler<'_, f32>, places: &Places, out: &mut [f32]) {
    // Places are counted in 32 bits below.
    if source.values().len() > i32::MAX as usize {
        for (i, out) in out.iter_mut().enumerate() {
            *out = source.linear(places[0][i], places[1][i], places[2][i]);
        }
        return;
    }
    let mut outside = [false; BLOCK];
    if simd::widest(Linear { source, places, out, outside: &mut outside }) {
        if matches!(source.boundary(), Boundary::Nearest | Boundary::Constant(_)) {
            return simd::widest(AtBorder { source, places, out });
        }
        for i in (0..out.len()).filter(|&i| outside[i]) {
            out[i] = source.linear(places[0][i], places[1][i], places[2][i]);
        }
    }
}

/// The voxel before a coordinate along an axis of that extent, and the fraction that is left, as `Sampler` finds them.
#[inline(always)]
fn split(extent: i32, c: f32) -> (i32, f32) {
    let c = if c.is_nan() | (extent == 1) { 0.0 } else { c };
    let c = if c < -FAR { -FAR } else { c };
    let c = if c > FAR { FAR } else { c };
    let base = c.floor();
    // SAFETY: it is a whole number between -2³⁰ and 2³⁰.
    (unsafe { base.to_int_unchecked() }, c - base)
}

struct Linear<'a> {
    source: Sampler<'a, f32>,
    places: &'a Places,
    out: &'a mut [f32],
    /// Set for the voxels that have a neighbour outside.
    outside: &'a mut [bool; BLOCK],
}

impl Task for Linear<'_> {
    /// Whether there is such a voxel.
    type Output = bool;
    #[inline(always)]
    fn call(self) -> bool {
        let Linear { source, places, out, outside } = self;
        let [width, height, depth] = source.extents();
        let values = source.values();
        // Along an axis of one voxel, the next voxel is that one again.
        let next = [width, height, depth].map(|extent| i32::from(extent > 1));
        let last = [width - 1 - next[0], height - 1 - next[1], depth - 1 - next[2]].map(|last| last as u32);
        let (right, below, behind) =
            (next[0] as usize, (next[1] * width) as usize, (next[2] * width * height) as usize);
        assert_eq!(values.len(), width as usize * height as usize * depth as usize, "one value per voxel");
        let furthest = values.len().checked_sub(1 + right + below + behind).expect("the source has a voxel");
        let mut block = [0.0; BLOCK];
        let mut left = [false; BLOCK];
        let mut any = false;
        for i in 0..out.len().min(BLOCK) {
            let ((x, tx), (y, ty), (z, tz)) =
                (split(width, places[0][i]), split(height, places[1][i]), split(depth, places[2][i]));
            let inside = (x as u32 <= last[0]) & (y as u32 <= last[1]) & (z as u32 <= last[2]);
            left[i] = !inside;
            any |= !inside;
            let index = z.wrapping_mul(height).wrapping_add(y).wrapping_mul(width).wrapping_add(x);
            let first = (if inside { index as usize } else { 0 }).min(furthest);
            // SAFETY: `first` is at most `furthest`, and `furthest + right + below + behind` is the index of the last value; `offset` is at
            // most `right + below + behind`.
            let at = |offset: usize| unsafe { *values.get_unchecked(first + offset) };
            let row = |offset: usize| lerp(at(offset), at(offset + right), tx);
            let (top, bottom) = (lerp(row(0), row(below), ty), lerp(row(behind), row(behind + below), ty));
            block[i] = lerp(top, bottom, tz);
        }
        *outside = left;
        out.copy_from_slice(&block[..out.len()]);
        any
    }
}

/// As [`Linear`], with a place of its own for each neighbour: where what lies outside is the voxel at the border, or a constant.
struct AtBorder<'a> {
    source: Sampler<'a, f32>,
    places: &'a Places,
    out: &'a mut [f32],
}

impl Task for AtBorder<'_> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let AtBorder { source, places, out } = self;
        let [width, height, depth] = source.extents();
        let values = source.values();
        assert_eq!(values.len(), width as usize * height as usize * depth as usize, "one value per voxel");
        assert!(!values.is_empty(), "the source has a voxel");
        let constant = matches!(source.boundary(), Boundary::Constant(_));
        // The voxel at a coordinate or at the border, and whether it is taken.
        let place =
            |extent: i32, at: i32| (at.clamp(0, extent - 1), !constant | (extent == 1) | ((at as u32) < extent as u32));
        let mut block = [0.0; BLOCK];
        for i in 0..out.len().min(BLOCK) {
            let ((x, tx), (y, ty), (z, tz)) =
                (split(width, places[0][i]), split(height, places[1][i]), split(depth, places[2][i]));
            let [x0, x1] = [place(width, x), place(width, x + 1)];
            let [y0, y1] = [place(height, y), place(height, y + 1)];
            let [z0, z1] = [place(depth, z), place(depth, z + 1)];
            let at = |(x, x_taken): (i32, bool), (y, y_taken): (i32, bool), (z, z_taken): (i32, bool)| {
                let index = ((z * height + y) * width + x) as usize;
                // SAFETY: each coordinate was clamped to its axis, so the index is that of a voxel, and there is a value for each.
                let value = unsafe { *values.get_unchecked(index) };
                if x_taken & y_taken & z_taken { value } else { source.outside() }
            };
            let row = |y: (i32, bool), z: (i32, bool)| lerp(at(x0, y, z), at(x1, y, z), tx);
            block[i] = lerp(lerp(row(y0, z0), row(y1, z0), ty), lerp(row(y0, z1), row(y1, z1), ty), tz);
        }
        out.copy_from_slice(&block[..out.len()]);
    }
}
