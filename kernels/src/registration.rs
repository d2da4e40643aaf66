//! Registration: how far an image is shifted against another, and images shifted back.

use crate::catalogue::family;
use crate::prelude::*;
use crate::{Interpolation, sum_of_all_pixels};
use kernwerk_runtime::{Axes, Choice};

use crate::fourier::{Complex, Direction, copy_images, index, transform};
use crate::fourier_passes::complex_product;
use crate::frequency::fourier_magnitudes;
use crate::roots::turns;

/// The largest voxel and where it is; of several the first in raster order. NaN is none.
pub struct LargestPlace;

/// The place of the largest voxel of one image.
#[gpu_op(reduction)]
impl Reduction<f32> for LargestPlace {
    type State = (f32, u32, u32, u32);
    type Output = f32;

    fn identity() -> (f32, u32, u32, u32) {
        (f32::NEG_INFINITY, u32::MAX, u32::MAX, u32::MAX)
    }

    fn step(state: (f32, u32, u32, u32), pixel: f32, at: Position) -> (f32, u32, u32, u32) {
        let (x, y, z) = (at.x() as u32, at.y() as u32, at.z() as u32);
        let before = z < state.3 || z == state.3 && (y < state.2 || y == state.2 && x < state.1);
        if pixel > state.0 || pixel == state.0 && before { (pixel, x, y, z) } else { state }
    }

    fn merge(a: (f32, u32, u32, u32), b: (f32, u32, u32, u32)) -> (f32, u32, u32, u32) {
        let before = b.3 < a.3 || b.3 == a.3 && (b.2 < a.2 || b.2 == a.2 && b.1 < a.1);
        if b.0 > a.0 || b.0 == a.0 && before { b } else { a }
    }

    fn finish(state: (f32, u32, u32, u32), _count: f32) -> f32 {
        state.0
    }
}

/// The product of spectra with the conjugates of others, or its phase alone.
#[gpu_op(grid)]
pub fn cross_power(at: Item, one: Read<f32>, other: Read<f32>, product: Write<f32>, one_batch: u32, phase: bool) {
    let plane = at.extent_x();
    let i = at.n() * one_batch as usize + at.x();
    let j = 2 * at.n() * plane + at.x();
    let (x, y) = complex_product(one.get(i), one.get(i + plane), other.get(j), -other.get(j + plane));
    // A hundred times the distance of 1 to the next f32: what is smaller has no phase.
    let size = if phase { max(x.hypot(y), 0.000_011_920_929) } else { 1.0 };
    product.store(j, x / size);
    product.store(j + plane, y / size);
}

/// Sums of complex numbers along an axis with factors: as many as there are rows of factors.
#[gpu_op(grid)]
pub fn fourier_sums(
    at: Item,
    input: Read<f32>,
    factors: Read<f32>,
    sums: Write<f32>,
    first: u32,
    inner: u32,
    len: u32,
    rows: u32,
) {
    let row = at.x() / inner as usize;
    let column = at.x() % inner as usize;
    let plane = at.extent_y() * len as usize * inner as usize;
    let start = first as usize + at.y() * len as usize * inner as usize + column;
    let (mut x, mut y) = (0.0, 0.0);
    for k in 0..len {
        let i = start + k as usize * inner as usize;
        let f = 2 * (row * len as usize + k as usize);
        let (re, im, cos, sin) = (input.get(i), input.get(i + plane), factors.get(f), factors.get(f + 1));
        x = re.mul_add(cos, (-im).mul_add(sin, x));
        y = re.mul_add(sin, im.mul_add(cos, y));
    }
    let out = at.y() * at.extent_x() + at.x();
    sums.store(out, x);
    sums.store(out + at.extent_y() * rows as usize * inner as usize, y);
}

/// What of the cross power spectrum is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Normalization {
    /// Its phase.
    #[default]
    Phase,
    /// All of it.
    None,
}

impl Choice for Normalization {
    const NAMES: &'static [&'static str] = &["phase", "none"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Normalization {
        if index == 0 { Normalization::Phase } else { Normalization::None }
    }
}

/// How an image lies against another.
struct Offset {
    /// Along x, y, z.
    shift: [f64; 3],
    error: f64,
}

/// One image of a batch.
fn single(context: &Context, images: &AnyImage, number: usize) -> Result<AnyImage> {
    let [x, y, z] = images.spatial();
    let image = context.zeros_of_shape::<f32>(Axes::new("zyx")?, &[z, y, x])?.into_any();
    copy_images(context, Domain::of(&image), images, &image, number as u32, 1, 0)?;
    Ok(image)
}

/// The largest voxel and its place.
fn largest(context: &Context, image: &AnyImage) -> Result<(f64, [usize; 3])> {
    let state = context.reduce(&largest_place::KERNEL, image)?;
    let along = |slot: usize, axis: usize| (state[slot] as usize).min(image.spatial()[axis] - 1);
    // Where all voxels are NaN there is no place; the first is as good as any.
    if state[0] == f64::NEG_INFINITY {
        Ok((f64::NAN, [0; 3]))
    } else {
        Ok((state[0], [along(1, 0), along(2, 1), along(3, 2)]))
    }
}

fn sum_of_squares(context: &Context, image: &AnyImage) -> Result<f64> {
    context.scalar(&sum_of_all_pixels(kernwerk_runtime::operators::multiply_images(image, image)))
}

/// The cross correlation around a shift, `factor` times as fine: its largest value and the shift there.
fn refine(
    context: &Context,
    product: &Complex,
    number: usize,
    shift: [f64; 3],
    factor: u32,
) -> Result<(f64, [f64; 3])> {
    let fine = f64::from(factor);
    let size = (fine * 1.5).ceil();
    let middle = (size / 2.0).trunc();
    let mut extent = product.extent;
    let mut current = (product.store.clone(), number * 2 * extent.iter().product::<usize>());
    for axis in [2, 1, 0] {
        let len = extent[axis];
        let rows = if len == 1 { 1 } else { size as usize };
        let mut factors = Vec::with_capacity(2 * rows * len);
        for row in 0..rows {
            let place = row as f64 - middle + shift[axis] * fine;
            for k in 0..len as i64 {
                let frequency = if 2 * k < len as i64 { k } else { k - len as i64 };
                let (cos, sin) = turns(place * frequency as f64 / (len as f64 * fine));
                factors.extend([cos as f32, sin as f32]);
            }
        }
        let (inner, outer): (usize, usize) = (extent[..axis].iter().product(), extent[axis + 1..].iter().product());
        let sums = context.unset::<f32>(2 * inner * rows * outer)?;
        let factors = context.upload_buffer(&factors)?;
        let domain = Domain { batch: 1, extent: [inner * rows, outer, 1] };
        fourier_sums(
            context,
            domain,
            &current.0,
            &factors,
            &sums,
            index(current.1)?,
            inner as u32,
            len as u32,
            rows as u32,
        )?;
        extent[axis] = rows;
        current = (crate::fourier::Store::Buffer(sums), 0);
    }
    let [x, y, z] = extent;
    let magnitudes = context.zeros_of_shape::<f32>(Axes::new("zyx")?, &[z, y, x])?;
    fourier_magnitudes(context, Domain::of(magnitudes.any()), &current.0, &magnitudes, false, false)?;
    let (value, place) = largest(context, magnitudes.any())?;
    let along =
        |axis: usize| if extent[axis] == 1 { shift[axis] } else { shift[axis] + (place[axis] as f64 - middle) / fine };
    Ok((value, [along(0), along(1), along(2)]))
}

/// How each image of a batch lies against a reference.
fn offsets(
    context: &Context,
    operation: &'static str,
    reference: &AnyImage,
    moving: &AnyImage,
    factor: u32,
    normalization: Normalization,
) -> Result<Vec<Offset>> {
    if reference.spatial() != moving.spatial() || reference.batch() != 1 && reference.batch() != moving.batch() {
        return Err(Error::Shape {
            operation: operation.into(),
            problem: format!("the reference has the shape {:?} and the image {:?}", reference.shape(), moving.shape()),
            remedy: "give images of one shape, or one reference for all images of a batch".into(),
        });
    }
    let extent = moving.spatial();
    let plane: usize = extent.iter().product();
    let one = transform(context, &Complex::real(reference)?, Direction::Forward, None)?;
    let other = transform(context, &Complex::real(moving)?, Direction::Forward, None)?;
    let product = Complex::unset(context, extent, other.batch)?;
    let domain = Domain { batch: other.batch, extent: [plane, 1, 1] };
    let one_batch = if one.batch == 1 { 0 } else { 2 * plane as u32 };
    let phase = normalization == Normalization::Phase;
    cross_power(context, domain, &one.store, &other.store, &product.store, one_batch, phase)?;
    let correlation = transform(context, &product, Direction::Inverse, None)?;
    let magnitudes = context.unset_like::<f32>(moving)?.into_any();
    fourier_magnitudes(context, Domain::of(moving), &correlation.store, &magnitudes, false, false)?;
    let reference_power = if reference.batch() == 1 { Some(sum_of_squares(context, reference)?) } else { None };
    (0..moving.batch())
        .map(|number| {
            let of = |images: &AnyImage| single(context, images, number);
            let (mut value, place) = largest(context, &of(&magnitudes)?)?;
            let along = |axis: usize| match (place[axis], extent[axis]) {
                (place, extent) if place > extent / 2 => place as f64 - extent as f64,
                (place, _) => place as f64,
            };
            let mut shift = [along(0), along(1), along(2)];
            let mut power = match reference_power {
                Some(power) => power,
                None => sum_of_squares(context, &of(reference)?)?,
            } * sum_of_squares(context, &of(moving)?)?;
            if factor > 1 {
                (value, shift) = refine(context, &product, number, shift, factor)?;
                power *= (plane as f64) * (plane as f64);
            }
            Ok(Offset { shift, error: (1.0 - value * value / power).abs().sqrt() })
        })
        .collect()
}

/// How far an image is shifted against a reference, by the peak of their phase correlation: one row for each image of a batch.
///
/// `shift_z`, `shift_y` and `shift_x` say by how many voxels the image has to be shifted (with `shift`) to lie on the
/// reference. The cross power spectrum, divided by its magnitude unless `normalization` is none, is transformed back;
/// the largest magnitude says the shift, the first in raster order of several. With `upsample_factor` f > 1 the
/// correlation is computed in steps of 1/f voxel within ±0.75 voxels around that (Guizar-Sicairos, Thurman & Fienup
/// 2008). `error` is √|1 - c² / (Σ r²·Σ m²)| with the peak c; it means something without normalization. Images are
/// periodic for the transform: shifts of more than half an extent are read as those the other way, and a `window`
/// before keeps borders from being matched. Along an axis of extent 1 the shift is 0. The reference is one image, or
/// one for each.
///
/// # Names
/// - `skimage.registration.phase_cross_correlation`: a table instead of a tuple, one row for each image of a batch;
///   without `phasediff`, masks, `disambiguate` and `space="fourier"`; `normalization=None` is `none`. In f32: where
///   two places correlate alike, another may win.
#[gpu_op(procedure)]
pub fn phase_cross_correlation(
    context: &Context,
    reference: AnyImage,
    #[own_extents] moving: AnyImage,
    #[param(default = 1, range = 1..=200)] upsample_factor: u32,
    #[param(default = "phase")] normalization: Normalization,
) -> Result<Table> {
    let rows = offsets(context, "phase_cross_correlation", &reference, &moving, upsample_factor, normalization)?;
    let column = |value: fn(&Offset) -> f64| rows.iter().map(value).collect::<Vec<_>>();
    Table::new()
        .with_column("image", (0..rows.len() as i64).collect::<Vec<_>>())?
        .with_column("shift_z", column(|row| row.shift[2]))?
        .with_column("shift_y", column(|row| row.shift[1]))?
        .with_column("shift_x", column(|row| row.shift[0]))?
        .with_column("error", column(|row| row.error))
}

/// Shifts each image of a batch by its own.
fn shifted(
    context: &Context,
    images: &AnyImage,
    shifts: &[[f64; 3]],
    interpolation: Interpolation,
) -> Result<Image<f32>> {
    let result = context.unset_like::<f32>(images)?;
    for (number, &[x, y, z]) in shifts.iter().enumerate() {
        let by = PerAxis::xyz(x as f32, y as f32, z as f32);
        let image = context.eval(crate::shift(&single(context, images, number)?, by, interpolation))?;
        copy_images(context, Domain::of(image.any()), &image, &result, 0, 1, number as u32)?;
    }
    Ok(result)
}

/// Shifts an image so that it lies on a reference: what `phase_cross_correlation` finds, applied with `shift`.
///
/// Each image of a batch is shifted by its own. What comes in from outside is up to the boundary.
///
/// # Names
/// - `skimage.registration.phase_cross_correlation`: followed by `scipy.ndimage.shift` of order 1.
#[gpu_op(procedure)]
pub fn register_translation(
    context: &Context,
    reference: AnyImage,
    #[own_extents] moving: AnyImage,
    #[param(default = 1, range = 1..=200)] upsample_factor: u32,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Result<Image<f32>> {
    let found = offsets(context, "register_translation", &reference, &moving, upsample_factor, Normalization::Phase)?;
    let shifts: Vec<[f64; 3]> = found.iter().map(|offset| offset.shift).collect();
    shifted(context, &moving, &shifts, interpolation)
}

/// Removes the drift of a recording: every time point is shifted to lie on the first.
///
/// Shifts are those of `phase_cross_correlation` of the first channel against its first time point; all channels of a
/// time point are shifted alike, with `shift`. What comes in from outside is up to the boundary.
///
/// # Names
/// - `skimage.registration.phase_cross_correlation`: with the first time point as reference, followed by
///   `scipy.ndimage.shift` of order 1.
#[gpu_op(procedure, alias = "drift_correction")]
pub fn correct_drift(
    context: &Context,
    image: AnyImage,
    #[param(default = 1, range = 1..=200)] upsample_factor: u32,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Result<Image<f32>> {
    let channels = image.shape5()[1];
    let reference = single(context, &image, 0)?;
    let mut shifts = Vec::with_capacity(image.batch());
    for time in 0..image.shape5()[0] {
        let moving = single(context, &image, time * channels)?;
        let found = offsets(context, "correct_drift", &reference, &moving, upsample_factor, Normalization::Phase)?;
        shifts.extend(found.iter().flat_map(|offset| std::iter::repeat_n(offset.shift, channels)));
    }
    shifted(context, &image, &shifts, interpolation)
}

family! {
    operations: [phase_cross_correlation, register_translation, correct_drift],
    kernels: [largest_place, cross_power, fourier_sums],
}
