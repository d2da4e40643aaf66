//! Gather launches: each source is brought into the body's compute type once, then rows of the output are computed in parallel.

use std::borrow::Cow;

use kernwerk_codegen::ir::{Boundary, DType};

use super::linear::{self, Places};
use super::moves::{self, Motion, Sources};
use super::parallel::{self, par_runs, runs};
use super::pointwise::RUN;
use super::simd::{Task, Vectors};
use super::{Images, SEQUENTIAL, row_of, scratch};
use crate::arguments::Arguments;
use crate::backend::launch::{Geometry, Launch, Source};
use crate::lang::{Compute, Outputs, Position, Raw, Results, Sampler};

/// A whole gather launch. For generated code: `map_with` runs the body for all of it.
pub struct GatherLaunch<'a> {
    launch: &'a Launch<'a>,
    images: Option<Images<'a>>,
}

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut GatherLaunch<'_>), images: Images<'_>) {
    kernel(&mut GatherLaunch { launch, images: Some(images) });
}

/// A row of the output.
struct MapRow<'a, C, R, F> {
    source: Sampler<'a, C>,
    /// Of its first voxel.
    position: Position,
    output: &'a mut [R],
    f: &'a F,
}

impl<C: Compute, R, F: Fn(Sampler<'_, C>, Position) -> R> Task for MapRow<'_, C, R, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let [x, y, z] = self.position.at;
        for (step, result) in self.output.iter_mut().enumerate() {
            *result = (self.f)(self.source, Position::new([x + step as i32, y, z], self.position.extent));
        }
    }
}

/// One of several sources, in the compute type.
pub struct SourceImage<'a, C: Clone> {
    values: Cow<'a, [C]>,
    source: Source,
    boundary: Boundary,
}

impl<C: Compute> SourceImage<'_, C> {
    /// What a body samples of it for an image of the batch.
    #[inline]
    pub fn of(&self, n: usize) -> Sampler<'_, C> {
        let image = self.source.extent.iter().product::<usize>();
        Sampler::new(&self.values[self.number(n) * image..][..image], self.source.extent, self.boundary)
    }

    /// Which of its images belongs to an image of the batch.
    #[inline]
    pub(super) fn number(&self, n: usize) -> usize {
        if self.source.batch == 1 { 0 } else { n }
    }

    /// The voxels of all its images.
    pub(super) fn values(&self) -> &[C] {
        &self.values
    }

    /// How far neighbours along x lie under it as a kernel; if it is turned, any of its axes may lie along x.
    pub fn reach(&self, turned: bool) -> usize {
        let [x, y, z] = self.source.extent;
        if turned { x.max(y).max(z) / 2 } else { x / 2 }
    }
}

/// A row of the output that several sources make.
struct MapSeveral<'a, S, R, F> {
    sources: S,
    /// Of its first voxel.
    position: Position,
    output: &'a mut [R],
    f: &'a F,
}

impl<S: Copy, R, F: Fn(S, Position) -> R> Task for MapSeveral<'_, S, R, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let [x, y, z] = self.position.at;
        for (step, result) in self.output.iter_mut().enumerate() {
            *result = (self.f)(self.sources, Position::new([x + step as i32, y, z], self.position.extent));
        }
    }
}

impl<'a> GatherLaunch<'a> {
    /// An input of an operation that samples several.
    ///
    /// # Panics
    /// If the launch is done, or has no such input.
    pub fn source<C: Compute>(&self, input: usize) -> SourceImage<'a, C> {
        let images = self.images.as_ref().expect("sources are asked for before the body runs");
        let Geometry { batch, source_extent, .. } = self.launch.geometry;
        let source = match input {
            0 => Source { extent: source_extent, batch },
            _ => self.launch.sources[input - 1],
        };
        let values = converted::<C>(images.inputs[input].slice(0, source.voxels()));
        SourceImage { values, source, boundary: self.launch.boundary }
    }

    /// Computes each voxel of the output from several sources, which the first function gives for an image of the batch.
    #[inline]
    pub fn map_several_with<V: Vectors, S: Copy, R: Results>(
        &mut self,
        _: V,
        (sources, f): (impl Fn(usize) -> S + Sync, impl Fn(S, Position) -> R + Sync),
    ) {
        let Some(Images { mut outputs, .. }) = self.images.take() else { return };
        let Geometry { global, origin, extent, .. } = self.launch.geometry;
        let whole = global.map(|extent| extent as i32);
        let row = |number: usize, mut outputs: Outputs<'_>| {
            let (n, z, y) = row_of(number, extent);
            let position = Position::new([origin[0], origin[1] + y, origin[2] + z].map(|at| at as i32), whole);
            let mut results = scratch::take::<R>(extent[0]);
            V::run(MapSeveral { sources: sources(n), position, output: &mut results[..], f: &f });
            R::store_all(&results, 0, &mut outputs);
        };
        let voxels = self.launch.geometry.voxels();
        let Some(outputs) = outputs.take(voxels) else { return };
        if voxels <= SEQUENTIAL / 8 {
            runs(0, outputs, extent[0], &row);
        } else {
            par_runs(outputs, extent[0], (RUN / 16 / extent[0]).max(1), &row);
        }
    }
}

impl<'a> GatherLaunch<'a> {
    pub(super) fn geometry(&self) -> &'a Geometry {
        &self.launch.geometry
    }

    /// The images, once.
    pub(super) fn take_images(&mut self) -> Option<Images<'a>> {
        self.images.take()
    }
}

impl GatherLaunch<'_> {
    /// What `Pixel` stands for.
    pub fn pixel(&self) -> DType {
        self.launch.pixel
    }

    /// The values of the parameters.
    pub fn arguments(&self) -> &Arguments {
        self.launch.arguments
    }

    /// Computes each voxel of the output from the source.
    #[inline]
    pub fn map_with<V: Vectors, C: Compute, R: Results>(
        &mut self,
        _: V,
        f: impl Fn(Sampler<'_, C>, Position) -> R + Sync,
    ) {
        let Some(Images { inputs, mut outputs }) = self.images.take() else { return };
        let Geometry { global, batch, origin, extent, source_extent, .. } = self.launch.geometry;
        let image = source_extent.iter().product::<usize>();
        let values = converted::<C>(inputs[0].slice(0, image * batch));
        let whole = global.map(|extent| extent as i32);
        let row = |number: usize, mut outputs: Outputs<'_>| {
            let (n, z, y) = row_of(number, extent);
            let source = Sampler::new(&values[n * image..][..image], source_extent, self.launch.boundary);
            let position = Position::new([origin[0], origin[1] + y, origin[2] + z].map(|at| at as i32), whole);
            let mut results = scratch::take::<R>(extent[0]);
            V::run(MapRow { source, position, output: &mut results[..], f: &f });
            R::store_all(&results, 0, &mut outputs);
        };
        let voxels = self.launch.geometry.voxels();
        let Some(outputs) = outputs.take(voxels) else { return };
        if voxels <= SEQUENTIAL / 8 {
            runs(0, outputs, extent[0], &row);
        } else {
            par_runs(outputs, extent[0], (RUN / 16 / extent[0]).max(1), &row);
        }
    }
}

/// The places that the voxels of a block are read at.
struct PlacesOf<'a, F> {
    source: Sampler<'a, f32>,
    /// Of the first voxel.
    position: Position,
    places: &'a mut Places,
    len: usize,
    f: &'a F,
}

impl<F: Fn(Sampler<'_, f32>, Position) -> [f32; 3]> Task for PlacesOf<'_, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let [x, y, z] = self.position.at;
        let mut places: Places = [[0.0; linear::BLOCK]; 3];
        #[allow(
            clippy::needless_range_loop,
            reason = "three arrays are filled, and the bound tells the compiler that the places exist"
        )]
        for i in 0..self.len.min(linear::BLOCK) {
            let at = (self.f)(self.source, Position::new([x + i as i32, y, z], self.position.extent));
            [places[0][i], places[1][i], places[2][i]] = at;
        }
        *self.places = places;
    }
}

impl GatherLaunch<'_> {
    /// Interpolates each voxel of the output linearly at the place in the source that `place` tells.
    #[inline]
    pub fn interpolate_with<V: Vectors>(
        &mut self,
        _: V,
        place: impl Fn(Sampler<'_, f32>, Position) -> [f32; 3] + Sync,
    ) {
        let Some(Images { inputs, mut outputs }) = self.images.take() else { return };
        let Geometry { global, batch, origin, extent, source_extent, .. } = self.launch.geometry;
        let image = source_extent.iter().product::<usize>();
        let values = converted::<f32>(inputs[0].slice(0, image * batch));
        let whole = global.map(|extent| extent as i32);
        let row = |number: usize, mut outputs: Outputs<'_>| {
            let (n, z, y) = row_of(number, extent);
            let source = Sampler::new(&values[n * image..][..image], source_extent, self.launch.boundary);
            let mut results = scratch::take::<f32>(extent[0]);
            let mut places: Places = [[0.0; linear::BLOCK]; 3];
            for (block, results) in results.chunks_mut(linear::BLOCK).enumerate() {
                let at = [origin[0] + block * linear::BLOCK, origin[1] + y, origin[2] + z].map(|at| at as i32);
                let position = Position::new(at, whole);
                V::run(PlacesOf { source, position, places: &mut places, len: results.len(), f: &place });
                linear::linear(source, &places, results);
            }
            f32::store_all(&results, 0, &mut outputs);
        };
        let voxels = self.launch.geometry.voxels();
        let Some(outputs) = outputs.take(voxels) else { return };
        if voxels <= SEQUENTIAL / 8 {
            runs(0, outputs, extent[0], &row);
        } else {
            par_runs(outputs, extent[0], (RUN / 16 / extent[0]).max(1), &row);
        }
    }

    /// Takes each voxel of the output from the place in the source that `place` tells: one that moves evenly, so that it is asked about
    /// the first voxel and its neighbours alone.
    pub fn move_evenly<C: Compute>(&mut self, place: impl Fn(Sampler<'_, C>, Position) -> [i32; 3]) {
        let Some(Images { inputs, outputs }) = self.images.take() else { return };
        let geometry = &self.launch.geometry;
        let Geometry { global, batch, origin, extent, source_extent, .. } = *geometry;
        if geometry.voxels() == 0 {
            return;
        }
        let image = source_extent.iter().product::<usize>();
        let values = converted::<C>(inputs[0].slice(0, image * batch));
        let sources = Sources { values: &values, extent: source_extent, boundary: self.launch.boundary };
        let source = sources.of(0);
        let whole = global.map(|extent| extent as i32);
        let at = |at: [usize; 3]| place(source, Position::new(at.map(|at| at as i32), whole));
        let first = at(origin);
        let steps = std::array::from_fn(|axis| {
            let mut next = origin;
            next[axis] += usize::from(extent[axis] > 1);
            let next = at(next);
            std::array::from_fn(|axis| next[axis].wrapping_sub(first[axis]))
        });
        moves::run(geometry, Motion { first, steps }, sources, outputs);
    }
}

/// The elements in the compute type: as they are where they have it.
fn converted<C: Compute>(source: Raw<'_>) -> Cow<'_, [C]> {
    if let Some(values) = C::borrowed(source) {
        return Cow::Borrowed(values);
    }
    let mut values = vec![C::default(); source.bytes.len() / source.dtype.size()];
    parallel::chunks(&mut values, RUN, 1, &|run, values| {
        C::load(source.slice(run * RUN, values.len()), values);
    });
    Cow::Owned(values)
}
