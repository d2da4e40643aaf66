//! The source that a gather body reads, at voxels and between them.
//!
//! Invariant: the arithmetic is written down here and, operation by operation the same, in `rts/sample.h` and `emit/gather.rs` of the
//! compiler, so that every backend gives the same bits.

use kernwerk_codegen::ir::Boundary;

use super::{Compute, Position};

/// An image that a gather body reads wherever it wants.
///
/// Coordinates count voxels of the source from the centre of its first voxel on: (0, 0, 0) is that voxel, (0.5, 0, 0) lies half way to
/// the next. Every voxel that is read goes through the caller's boundary mode. Along an axis of extent 1 there is one voxel, whatever
/// the coordinate: a picture needs no special case.
///
/// A coordinate that is NaN counts as 0; what lies beyond ±2³⁰ counts as ±2³⁰. After that let `base = floor(c)` and `t = c - base`
/// for each axis (both are exact).
///
/// * [`nearest`](Self::nearest): the voxel at `base`, or the next where `t >= 0.5`.
/// * [`linear`](Self::linear): `lerp(a, b, t) = if t == 0 { a } else { t.mul_add(b - a, a) }` of the two voxels along x, for each of the
///   four rows; then of the results along y, then along z. A whole coordinate therefore gives the voxel itself, whatever is beside it.
/// * [`cubic`](Self::cubic): with `u = 1 - t` the voxels `base - 1 ..= base + 2` have the weights `u·u·u·(1/6)`,
///   `(t·t).mul_add(t.mul_add(0.5, -1), 2/3)`, `(u·u).mul_add(u.mul_add(0.5, -1), 2/3)` and `t·t·t·(1/6)`. The sum is a `mul_add` chain
///   from 0 in ascending order along x for each row, of the rows along y, of the planes along z. An axis of extent 1 has one voxel with
///   the weight 1.
///
/// ```
/// # extern crate kernwerk_runtime as kernwerk;
/// # use kernwerk::lang::*;
/// # use kernwerk_macros::gpu_op;
/// #[gpu_op(gather)]
/// pub fn mirror_x(source: Sampler<f32>, at: Position) -> f32 {
///     source.at(source.extent_x() - 1 - at.x(), at.y(), at.z())
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy)]
pub struct Sampler<'a, C> {
    /// The voxels of one image of the batch, x fastest.
    values: &'a [C],
    extent: [i32; 3],
    boundary: Boundary,
    /// What lies outside under `Boundary::Constant`.
    outside: C,
}

/// A source as a kernel, and how it lies: for [`Sampler::under`].
#[derive(Clone, Copy)]
pub struct Turned<'a, C> {
    kernel: Sampler<'a, C>,
    /// The axis that its x lies along.
    axis: usize,
}

impl<'a, C> From<Sampler<'a, C>> for Turned<'a, C> {
    #[inline(always)]
    fn from(kernel: Sampler<'a, C>) -> Turned<'a, C> {
        Turned { kernel, axis: 0 }
    }
}

impl<'a, C: Compute> Turned<'a, C> {
    /// Extents along the axes of the image.
    #[inline(always)]
    pub(crate) fn extent(self) -> [i32; 3] {
        let mut extent = self.kernel.extent;
        extent.swap(0, self.axis);
        extent
    }

    /// Its voxels from the first of a row on, counted along the axes of the image, and how far it is from one to the next.
    #[inline]
    pub(crate) fn row(self, [y, z]: [i32; 2]) -> (&'a [C], usize) {
        let mut at = [0, y as usize, z as usize];
        at.swap(0, self.axis);
        let [width, height, _] = self.kernel.extent.map(|extent| extent as usize);
        let [x, y, z] = at;
        (&self.kernel.values[(z * height + y) * width + x..], [1, width, width * height][self.axis])
    }

    /// Each voxel with the offset of the neighbour that it lies on, in raster order.
    #[inline(always)]
    pub(crate) fn places(self, reflected: bool) -> impl Iterator<Item = ([i32; 3], C)> + use<'a, C> {
        let [nx, ny, nz] = self.extent();
        let offset = move |j: i32, n: i32| if reflected { n / 2 - j } else { j - n / 2 };
        (0..nz).flat_map(move |z| {
            (0..ny).flat_map(move |y| {
                let (weights, step) = self.row([y, z]);
                (0..nx).map(move |x| ([offset(x, nx), offset(y, ny), offset(z, nz)], weights[x as usize * step]))
            })
        })
    }
}

/// Beyond this, coordinates are not told apart.
pub(crate) const FAR: f32 = 1_073_741_824.0;

/// The places of the voxels along one axis; `None` is the constant outside.
type Place = Option<usize>;

impl<'a, C: Compute> Sampler<'a, C> {
    /// # Panics
    /// If the values are not those of an image of these extents.
    pub(crate) fn new(values: &'a [C], extent: [usize; 3], boundary: Boundary) -> Sampler<'a, C> {
        assert_eq!(values.len(), extent.iter().product::<usize>(), "the source has one value per voxel");
        let outside = match boundary {
            Boundary::Constant(value) => C::from_border(value),
            _ => C::default(),
        };
        Sampler { values, extent: extent.map(|extent| extent as i32), boundary, outside }
    }

    /// The voxel in a column, row and plane, which may lie outside.
    #[inline(always)]
    pub fn at(self, x: i32, y: i32, z: i32) -> C {
        if let Some(index) = self.inside([x, y, z], [1; 3]) {
            return self.values[index];
        }
        self.voxel([self.place(0, x), self.place(1, y), self.place(2, z)])
    }

    /// The voxel that is nearest to a place; of two, the one with the larger coordinate.
    #[inline(always)]
    pub fn nearest(self, x: f32, y: f32, z: f32) -> C {
        let round = |axis: usize, c: f32| {
            let (base, t) = self.split(axis, c);
            base + i32::from(t >= 0.5)
        };
        self.at(round(0, x), round(1, y), round(2, z))
    }

    /// The neighbours of a voxel, each with the voxel of a kernel that lies on it, in raster order of the kernel.
    ///
    /// Voxel j of n of the kernel lies on the neighbour at j - n / 2, if it is `reflected` on the one at n / 2 - j, the division rounded
    /// down. Neighbours go through the boundary mode as with [`at`](Self::at), which says the same with three loops; but a loop over these
    /// runs for many voxels at once. See [`turned`](Self::turned) for a kernel that lies along another axis.
    ///
    /// ```
    /// # extern crate kernwerk_runtime as kernwerk;
    /// # use kernwerk::lang::*;
    /// # use kernwerk_macros::gpu_op;
    /// /// The sum of the neighbours that a footprint marks.
    /// #[gpu_op(gather)]
    /// pub fn marked_sum(source: Sampler<f32>, footprint: Sampler<bool>, at: Position) -> f32 {
    ///     let mut sum = 0.0;
    ///     for (value, marked) in source.under(footprint, at, false) {
    ///         if marked {
    ///             sum += value;
    ///         }
    ///     }
    ///     sum
    /// }
    /// # fn main() {}
    /// ```
    #[inline(always)]
    pub fn under<K: Compute>(
        self,
        kernel: impl Into<Turned<'a, K>>,
        at: Position,
        reflected: bool,
    ) -> impl Iterator<Item = (C, K)> {
        let kernel = kernel.into();
        let [x, y, z] = at.at;
        kernel.places(reflected).map(move |([dx, dy, dz], weight)| {
            let place = |at: i32, by: i32| at.wrapping_add(by);
            (self.at(place(x, dx), place(y, dy), place(z, dz)), weight)
        })
    }

    /// The source as a kernel whose x lies along y (1) or z (2), while that axis of it lies along x; with any other number it lies as it is.
    #[inline(always)]
    pub fn turned(self, axis: u32) -> Turned<'a, C> {
        Turned { kernel: self, axis: if axis <= 2 { axis as usize } else { 0 } }
    }

    /// Number of columns of the source.
    #[inline(always)]
    pub fn extent_x(self) -> i32 {
        self.extent[0]
    }

    /// Number of rows of the source.
    #[inline(always)]
    pub fn extent_y(self) -> i32 {
        self.extent[1]
    }

    /// Number of planes of the source.
    #[inline(always)]
    pub fn extent_z(self) -> i32 {
        self.extent[2]
    }

    /// The voxel before a coordinate, and the fraction that is left.
    #[inline(always)]
    fn split(self, axis: usize, c: f32) -> (i32, f32) {
        let c = if c.is_nan() || self.extent[axis] == 1 { 0.0 } else { c };
        let c = if c < -FAR { -FAR } else { c };
        let c = if c > FAR { FAR } else { c };
        let base = c.floor();
        (base as i32, c - base)
    }

    /// The index of a voxel, if it and the others of a block of so many from it on are all inside.
    #[inline(always)]
    fn inside(self, first: [i32; 3], counts: [i32; 3]) -> Option<usize> {
        // As unsigned numbers, those below 0 are too large.
        let fits = |axis: usize| {
            let last = self.extent[axis] - counts[axis];
            last >= 0 && first[axis] as u32 <= last as u32
        };
        let (width, height) = (self.extent[0] as usize, self.extent[1] as usize);
        let [x, y, z] = first.map(|at| at as usize);
        let index = z.wrapping_mul(height).wrapping_add(y).wrapping_mul(width).wrapping_add(x);
        (fits(0) & fits(1) & fits(2)).then_some(index)
    }

    /// The voxels, x fastest.
    pub(crate) fn values(self) -> &'a [C] {
        self.values
    }

    /// What lies outside.
    pub(crate) fn boundary(self) -> Boundary {
        self.boundary
    }

    /// The extents.
    pub(crate) fn extents(self) -> [i32; 3] {
        self.extent
    }

    /// What lies outside where the boundary is a constant.
    pub(crate) fn outside(self) -> C {
        self.outside
    }

    /// The coordinate inside the source that stands for one along an axis; `None` where that is the constant.
    #[inline(always)]
    pub(crate) fn place(self, axis: usize, index: i32) -> Place {
        let extent = self.extent[axis];
        if (0..extent).contains(&index) {
            return Some(index as usize);
        }
        match self.boundary {
            _ if extent == 1 => Some(0),
            Boundary::Nearest => Some(index.clamp(0, extent - 1) as usize),
            Boundary::Constant(_) => None,
            boundary => boundary.index(index.into(), extent.into()).map(|index| index as usize),
        }
    }

    #[inline(always)]
    fn voxel(self, place: [Place; 3]) -> C {
        let [Some(x), Some(y), Some(z)] = place else { return self.outside };
        self.values[(z * self.extent[1] as usize + y) * self.extent[0] as usize + x]
    }
}

/// Between two values.
#[inline(always)]
pub(crate) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    if t == 0.0 { a } else { t.mul_add(b - a, a) }
}

/// Between a voxel and the next.
#[inline(always)]
fn lerp_row(values: &[f32], start: usize, next: usize, t: f32) -> f32 {
    let row = &values[start..=start + next];
    lerp(row[0], row[next], t)
}

impl Sampler<'_, f32> {
    /// Linear interpolation between the eight voxels around a place (four of a plane, two of a line).
    #[inline(always)]
    pub fn linear(self, x: f32, y: f32, z: f32) -> f32 {
        let ((x, tx), (y, ty), (z, tz)) = (self.split(0, x), self.split(1, y), self.split(2, z));
        // Along an axis of one voxel, t is 0 and the next voxel is that one again.
        let next = self.extent.map(|extent| usize::from(extent > 1));
        let rows = match self.inside([x, y, z], next.map(|next| 1 + next as i32)) {
            Some(first) => {
                let (width, height) = (self.extent[0] as usize, self.extent[1] as usize);
                let (below, behind) = (next[1] * width, next[2] * width * height);
                (
                    lerp_row(self.values, first, next[0], tx),
                    lerp_row(self.values, first + below, next[0], tx),
                    lerp_row(self.values, first + behind, next[0], tx),
                    lerp_row(self.values, first + behind + below, next[0], tx),
                )
            }
            None => {
                let [a, b, c, d] = self.corners([x, y, z]);
                (lerp(a[0], a[1], tx), lerp(b[0], b[1], tx), lerp(c[0], c[1], tx), lerp(d[0], d[1], tx))
            }
        };
        lerp(lerp(rows.0, rows.1, ty), lerp(rows.2, rows.3, ty), tz)
    }

    /// The eight voxels from a place on, some of which are outside; x fastest.
    #[inline(never)]
    fn corners(self, [x, y, z]: [i32; 3]) -> [[f32; 2]; 4] {
        let along = |axis: usize, base: i32| [self.place(axis, base), self.place(axis, base + 1)];
        let (x, y, z) = (along(0, x), along(1, y), along(2, z));
        [[y[0], z[0]], [y[1], z[0]], [y[0], z[1]], [y[1], z[1]]].map(|[y, z]| x.map(|x| self.voxel([x, y, z])))
    }

    /// The cubic B-spline whose coefficients are the voxels of the source. To interpolate an image, compute its coefficients first:
    /// the library's `bspline_coefficients`.
    #[inline(always)]
    pub fn cubic(self, x: f32, y: f32, z: f32) -> f32 {
        let along = |axis: usize, c: f32| {
            let (base, t) = self.split(axis, c);
            let flat = self.extent[axis] == 1;
            let u = 1.0 - t;
            let weights = [
                if flat { 1.0 } else { u * u * u * 0.166_666_67 },
                (t * t).mul_add(t.mul_add(0.5, -1.0), 0.666_666_7),
                (u * u).mul_add(u.mul_add(0.5, -1.0), 0.666_666_7),
                t * t * t * 0.166_666_67,
            ];
            (if flat { base } else { base - 1 }, weights)
        };
        let ((x, wx), (y, wy), (z, wz)) = (along(0, x), along(1, y), along(2, z));
        let counts = self.extent.map(|extent| if extent == 1 { 1 } else { 4 });
        let (width, height) = (self.extent[0] as usize, self.extent[1] as usize);
        let block;
        let (voxels, row, plane) = match self.inside([x, y, z], counts) {
            Some(first) => (&self.values[first..], width, width * height),
            None => {
                block = self.block([x, y, z], counts);
                (&block[..], 4, 16)
            }
        };
        match counts {
            [4, 4, 4] => spline(voxels, row, plane, [4, 4, 4], [wx, wy, wz]),
            [nx, ny, nz] => spline(voxels, row, plane, [nx as usize, ny as usize, nz as usize], [wx, wy, wz]),
        }
    }

    /// So many voxels from a place on, some of which are outside, in rows of 4 and planes of 16.
    #[inline(never)]
    fn block(self, first: [i32; 3], counts: [i32; 3]) -> [f32; 64] {
        let mut block = [0.0; 64];
        for (index, voxel) in block.iter_mut().enumerate() {
            let offset = [index as i32 % 4, index as i32 / 4 % 4, index as i32 / 16];
            if offset.iter().zip(counts).all(|(&offset, count)| offset < count) {
                *voxel = self.voxel(std::array::from_fn(|axis| self.place(axis, first[axis] + offset[axis])));
            }
        }
        block
    }
}

/// The `mul_add` chains over a block of voxels with one weight per axis each.
#[inline(always)]
fn spline(voxels: &[f32], row: usize, plane: usize, [nx, ny, nz]: [usize; 3], [wx, wy, wz]: [[f32; 4]; 3]) -> f32 {
    let mut sum = 0.0;
    for (kz, wz) in wz[..nz].iter().enumerate() {
        let mut plane_sum = 0.0;
        for (ky, wy) in wy[..ny].iter().enumerate() {
            let voxels = &voxels[kz * plane + ky * row..][..nx];
            let mut row_sum = 0.0;
            for (wx, &voxel) in wx[..nx].iter().zip(voxels) {
                row_sum = wx.mul_add(voxel, row_sum);
            }
            plane_sum = wy.mul_add(row_sum, plane_sum);
        }
        sum = wz.mul_add(plane_sum, sum);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: [f32; 4] = [10.0, 20.0, 40.0, 80.0];

    fn row(boundary: Boundary) -> Sampler<'static, f32> {
        Sampler::new(&ROW, [4, 1, 1], boundary)
    }

    #[test]
    fn coordinates_count_from_centre_to_centre() {
        let source = row(Boundary::Nearest);
        let nearest = [-0.6, 0.49, 0.5, 2.5, 3.4, 99.0].map(|x| source.nearest(x, 0.0, 0.0));
        assert_eq!(nearest, [10.0, 10.0, 20.0, 80.0, 80.0, 80.0]);
        let linear = [-1.0, 0.25, 1.0, 2.5, 3.5].map(|x| source.linear(x, 0.0, 0.0));
        assert_eq!(linear, [10.0, 12.5, 20.0, 60.0, 80.0]);
        let constant = row(Boundary::Constant(-4.0));
        assert_eq!([-1.0, -0.5, 3.25].map(|x| constant.linear(x, 0.0, 0.0)), [-4.0, 3.0, 59.0]);
        assert_eq!(row(Boundary::Wrap).linear(3.5, 0.0, 0.0), 45.0);
        assert_eq!([-1, 4].map(|x| row(Boundary::Mirror).at(x, 0, 0)), [20.0, 40.0]);
    }

    #[test]
    fn axes_of_extent_1_do_not_count() {
        for boundary in [Boundary::Nearest, Boundary::Constant(7.0), Boundary::Mirror] {
            for other in [0.0, -3.7, f32::NAN, f32::INFINITY] {
                let source = row(boundary);
                assert_eq!(source.linear(1.0, other, other), 20.0);
                assert_eq!(source.nearest(1.0, other, other), 20.0);
                assert_eq!(source.cubic(1.0, other, other), source.cubic(1.0, 0.0, 0.0));
            }
            assert_eq!(row(boundary).at(2, -5, 9), 40.0);
        }
    }

    #[test]
    fn odd_coordinates_are_places_too() {
        let source = row(Boundary::Nearest);
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, -0.0, 1e-40];
        assert_eq!(odd.map(|x| source.nearest(x, 0.0, 0.0)), [10.0, 80.0, 10.0, 80.0, 10.0, 10.0, 10.0]);
        assert_eq!(odd.map(|x| source.linear(x, 0.0, 0.0)), [10.0, 80.0, 10.0, 80.0, 10.0, 10.0, 10.0]);
        let values = [1.0, f32::INFINITY, f32::NAN];
        let beside = Sampler::new(&values, [3, 1, 1], Boundary::Nearest);
        assert_eq!((beside.linear(0.0, 0.0, 0.0), beside.linear(0.5, 0.0, 0.0)), (1.0, f32::INFINITY));
    }

    #[test]
    fn the_weights_of_the_spline_are_its_values() {
        let constant = Sampler::new(&[3.0; 64], [4, 4, 4], Boundary::Reflect);
        assert!((constant.cubic(1.3, 0.7, 9.9) - 3.0).abs() < 1e-6);
        // Of a linear ramp the B-spline is the ramp, away from the ends.
        let ramp: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let ramp = Sampler::new(&ramp, [16, 1, 1], Boundary::Nearest);
        assert!([5.0, 5.25, 7.9].iter().all(|&x| (ramp.cubic(x, 0.0, 0.0) - x).abs() < 1e-5));
    }
}
