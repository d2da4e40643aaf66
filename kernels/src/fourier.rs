//! The discrete Fourier transform along any axes of an image of any extents, and where complex numbers lie.
//!
//! A complex image has an axis `c` whose planes hold real and imaginary parts in turn. Lines whose length is a product
//! of 2, 3, 5 and 7 are transformed by passes ([`crate::fourier_passes`]); others as a convolution with a chirp of such
//! a length (Bluestein 1970). An inverse transform is a forward one of the numbers with their parts exchanged, whose
//! parts are exchanged again: only where the parts lie differs. The forward transform of a real image whose rows have
//! an even length takes pairs of neighbours as complex numbers.
//!
//! Invariant: the order of the arithmetic follows from the extents alone.

use crate::catalogue::family;
use crate::prelude::*;
use kernwerk_runtime::{Axes, Choice, Constant, GridBuffer, GridOperand};

use crate::fourier_launch::{Factors, Lines, Voxels, on_chip};
use crate::fourier_passes::{
    complex_product, fourier_merge, fourier_pass_3, fourier_pass_5, fourier_pass_8, fourier_pass_16,
    fourier_pass_small, fourier_rotate, fourier_split,
};
use crate::roots::{chirp as chirp_factors, chirp_line, radices, roots, smooth};
use crate::transfer::Transfer;

/// Memory with complex numbers in it.
#[derive(Clone)]
pub(crate) enum Store {
    Buffer(Buffer<f32>),
    /// Only read.
    Constant(Constant<f32>),
    Image(AnyImage),
}

impl GridBuffer for Store {
    fn operand(&self) -> GridOperand<'_> {
        match self {
            Store::Buffer(buffer) => buffer.operand(),
            Store::Constant(constant) => constant.operand(),
            Store::Image(image) => GridBuffer::operand(image),
        }
    }
}

/// Where the parts of complex numbers lie: element e of image n has its parts at `n·batch + e·step`, plus `real` and
/// plus `imaginary`.
#[derive(Clone, Copy)]
pub(crate) struct Planes {
    pub(crate) batch: u32,
    pub(crate) real: u32,
    /// Real numbers have none.
    pub(crate) imaginary: Option<u32>,
    pub(crate) step: u32,
}

impl Planes {
    pub(crate) fn exchanged(self, exchange: bool) -> Planes {
        match self.imaginary {
            Some(imaginary) if exchange => Planes { real: imaginary, imaginary: Some(self.real), ..self },
            _ => self,
        }
    }
}

/// Complex numbers on a device.
#[derive(Clone)]
pub(crate) struct Complex {
    pub(crate) store: Store,
    pub(crate) planes: Planes,
    /// Along x, y, z.
    pub(crate) extent: [usize; 3],
    pub(crate) batch: usize,
    /// Rows lie in tiles of 2^`tile`: those of a tile side by side, number by number. 0 for all but half spectra between launches.
    pub(crate) tile: u32,
}

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Inverse,
}

fn volume(extent: [usize; 3]) -> usize {
    extent.iter().product()
}

pub(crate) fn index(value: usize) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::Unsupported {
        operation: "fft".into(),
        problem: "the image has 2³¹ voxels or more".into(),
        remedy: "cut it into pieces".into(),
    })
}

impl Complex {
    /// Real parts and imaginary parts in turn, image by image.
    fn planar(store: Store, extent: [usize; 3], batch: usize) -> Result<Complex> {
        let plane = index(volume(extent))?;
        let planes = Planes { batch: index(2 * volume(extent))?, real: 0, imaginary: Some(plane), step: 1 };
        Ok(Complex { store, planes, extent, batch, tile: 0 })
    }

    /// Memory for so many.
    pub(crate) fn unset(context: &Context, extent: [usize; 3], batch: usize) -> Result<Complex> {
        Complex::planar(Store::Buffer(context.unset(2 * batch * volume(extent))?), extent, batch)
    }

    /// Memory for so many in tiles of 2^`tile` rows, both parts of a number side by side; as ever where there are no tiles.
    pub(crate) fn unset_in_tiles(context: &Context, extent: [usize; 3], batch: usize, tile: u32) -> Result<Complex> {
        let plain = Complex::unset(context, extent, batch)?;
        if tile == 0 {
            return Ok(plain);
        }
        Ok(Complex { planes: Planes { imaginary: Some(1), step: 2, ..plain.planes }, tile, ..plain })
    }

    /// Memory for as many as another has, in the same tiles.
    pub(crate) fn unset_like(&self, context: &Context) -> Result<Complex> {
        Complex::unset_in_tiles(context, self.extent, self.batch, self.tile)
    }

    /// From image to image where there are several, and one is not for all.
    pub(crate) fn batch_step(&self) -> u32 {
        if self.batch == 1 { 0 } else { self.planes.batch }
    }

    /// The voxels of a real image.
    pub(crate) fn real(image: &AnyImage) -> Result<Complex> {
        let plane = index(volume(image.spatial()))?;
        let planes = Planes { batch: plane, real: 0, imaginary: None, step: 1 };
        let (extent, batch) = (image.spatial(), image.batch());
        Ok(Complex { store: Store::Image(image.clone()), planes, extent, batch, tile: 0 })
    }

    /// The channels of an image two by two.
    pub(crate) fn of(image: &AnyImage, operation: &'static str) -> Result<Complex> {
        if !image.shape5()[1].is_multiple_of(2) {
            return Err(Error::Shape {
                operation: operation.into(),
                problem: format!(
                    "an image of shape {:?} with axes `{}` is not complex",
                    image.shape(),
                    image.axes().as_str()
                ),
                remedy: "give an image with an even number of channels: real and imaginary parts in turn".into(),
            });
        }
        Complex::planar(Store::Image(image.clone()), image.spatial(), image.batch() / 2)
    }

    /// Pairs of neighbours along x, of which there is an even number, as complex numbers.
    pub(crate) fn pairs(image: &AnyImage) -> Result<Complex> {
        let [width, height, depth] = image.spatial();
        let planes = Planes { batch: index(volume(image.spatial()))?, real: 0, imaginary: Some(1), step: 2 };
        let extent = [width / 2, height, depth];
        Ok(Complex { store: Store::Image(image.clone()), planes, extent, batch: image.batch(), tile: 0 })
    }

    /// What lies before a voxel of an axis in a line's neighbourhood, and how many such blocks there are.
    pub(crate) fn around(&self, axis: usize) -> (usize, usize) {
        (self.extent[..axis].iter().product(), self.extent[axis + 1..].iter().product())
    }
}

/// One pass over all lines of an axis.
struct Pass {
    /// Whether the parts are exchanged when they are read, and when they are written.
    exchange: [bool; 2],
    inner: usize,
    outer: usize,
    scale: f32,
}

/// Runs the passes of a length that is a product of small primes.
fn passes(
    context: &Context,
    input: &Complex,
    axis: usize,
    radices: &[usize],
    exchange: bool,
    scale: f32,
    target: Option<Complex>,
) -> Result<Complex> {
    let len = input.extent[axis];
    let target = match target {
        Some(target) => target,
        None => input.unset_like(context)?,
    };
    if on_chip(context, input, &target, &Lines { exchange: [exchange; 2], scale, ..Lines::along(axis, len) })? {
        return Ok(target);
    }
    debug_assert!(axis == 2 || input.tile == 0 && target.tile == 0, "only lines on chip know tiles");
    let (inner, outer) = input.around(axis);
    let table = context.constant(&roots(len))?;
    let mut current = input.clone();
    let mut done = 1;
    for (position, &radix) in radices.iter().enumerate() {
        done *= radix;
        let (first, last) = (position == 0, position + 1 == radices.len());
        let output = if last { target.clone() } else { input.unset_like(context)? };
        let unit = len / done;
        let from = current.planes.exchanged(exchange && first);
        let to = output.planes.exchanged(exchange && last);
        let domain = Domain { batch: input.batch, extent: [len * inner / radix, outer, 1] };
        let stride = index(unit * inner)?;
        let scale = if last { scale } else { 1.0 };
        macro_rules! launch {
            ($kernel:ident $(, $more:expr)*) => {
                $kernel(
                    context, domain, &current.store, &output.store, &table, stride, index(unit)?, $($more,)* from.batch, from.real,
                    from.imaginary.unwrap_or(0), from.step, from.imaginary.is_some(), to.batch, to.real,
                    to.imaginary.unwrap_or(0), to.step, scale,
                )?
            };
        }
        match radix {
            16 => launch!(fourier_pass_16),
            8 => launch!(fourier_pass_8),
            5 => launch!(fourier_pass_5),
            3 => launch!(fourier_pass_3),
            _ => launch!(fourier_pass_small, radix as u32),
        }
        current = output;
    }
    Ok(current)
}

/// Multiplies each element of a line by a factor of a table, and makes the lines longer with zeros or shorter.
fn rotate(
    context: &Context,
    input: &Complex,
    output: &Complex,
    axis: usize,
    table: &dyn GridBuffer,
    pass: &Pass,
) -> Result<()> {
    let (from, to) = (input.planes.exchanged(pass.exchange[0]), output.planes.exchanged(pass.exchange[1]));
    let domain = Domain { batch: input.batch, extent: [output.extent[axis] * pass.inner, pass.outer, 1] };
    fourier_rotate(
        context,
        domain,
        &input.store,
        &output.store,
        table,
        index(pass.inner)?,
        index(input.extent[axis])?,
        from.batch,
        from.real,
        from.imaginary.unwrap_or(0),
        from.step,
        from.imaginary.is_some(),
        to.batch,
        to.real,
        to.imaginary.unwrap_or(0),
        to.step,
        pass.scale,
    )
}

/// A transform of any length as a convolution: with c(j) = exp(-πi·j²/N), the coefficient k is c(k) times the sum of
/// x(j)·c(j) times the conjugate of c(k - j).
fn chirp(
    context: &Context,
    input: &Complex,
    axis: usize,
    exchange: bool,
    scale: f32,
    target: Option<Complex>,
) -> Result<Complex> {
    let len = input.extent[axis];
    let long = smooth(2 * len - 1, 1);
    let radices = radices(long).unwrap_or_default();
    let (inner, outer) = input.around(axis);
    let table = context.constant(&chirp_factors(len))?;
    let line = Complex::planar(Store::Constant(context.constant(&chirp_line(len, long))?), [long, 1, 1], 1)?;
    let factors = context.unset::<f32>(2 * long)?;
    let interleaved = Complex {
        store: Store::Buffer(factors.clone()),
        planes: Planes { batch: 0, real: 0, imaginary: Some(1), step: 2 },
        ..line.clone()
    };
    passes(context, &line, 0, &radices, false, 1.0, Some(interleaved))?;
    let mut extent = input.extent;
    extent[axis] = long;
    let pass = |exchange: [bool; 2], scale: f32| Pass { exchange, inner, outer, scale };
    let rotated = Complex::unset(context, extent, input.batch)?;
    rotate(context, input, &rotated, axis, &table, &pass([exchange, false], 1.0))?;
    let spectrum = passes(context, &rotated, axis, &radices, false, 1.0, None)?;
    let product = Complex::unset(context, extent, input.batch)?;
    rotate(context, &spectrum, &product, axis, &factors, &pass([false, false], (1.0 / long as f64) as f32))?;
    let back = passes(context, &product, axis, &radices, true, 1.0, None)?;
    let output = match target {
        Some(target) => target,
        None => Complex::unset(context, input.extent, input.batch)?,
    };
    rotate(context, &back, &output, axis, &table, &pass([false, exchange], scale))?;
    Ok(output)
}

/// The transform along an axis, times `scale`; into `target` if there is one.
pub(crate) fn transform_axis(
    context: &Context,
    input: &Complex,
    axis: usize,
    direction: Direction,
    scale: f32,
    target: Option<Complex>,
) -> Result<Complex> {
    let exchange = direction == Direction::Inverse;
    match radices(input.extent[axis]) {
        // A line of one element is a pass of radix 1.
        Some(radices) if radices.is_empty() => passes(context, input, axis, &[1], exchange, scale, target),
        Some(radices) => passes(context, input, axis, &radices, exchange, scale, target),
        None => chirp(context, input, axis, exchange, scale, target),
    }
}

/// The transform along all axes: x, y, z, or backwards for the inverse, which is divided by the number of voxels.
pub(crate) fn transform(
    context: &Context,
    input: &Complex,
    direction: Direction,
    target: Option<Complex>,
) -> Result<Complex> {
    let mut axes: Vec<usize> = (0..3).filter(|&axis| input.extent[axis] > 1).collect();
    if axes.is_empty() {
        axes.push(0);
    }
    let mut scale = 1.0;
    if direction == Direction::Inverse {
        axes.reverse();
        scale = (1.0 / volume(input.extent) as f64) as f32;
    }
    let mut current = input.clone();
    let mut target = target;
    for (position, &axis) in axes.iter().enumerate() {
        let last = position + 1 == axes.len();
        let (scale, target) = if last { (scale, target.take()) } else { (1.0, None) };
        current = transform_axis(context, &current, axis, direction, scale, target)?;
    }
    Ok(current)
}

/// The half of the spectrum of a real image that says everything: the columns 0 to `width / 2`. The width is even.
pub(crate) fn forward_real(context: &Context, image: &AnyImage) -> Result<Complex> {
    let mut current = forward_rows(context, image, image.spatial()[0] / 2 + 1, 0)?;
    for axis in 1..3 {
        if current.extent[axis] > 1 {
            current = transform_axis(context, &current, axis, Direction::Forward, 1.0, None)?;
        }
    }
    Ok(current)
}

/// Half the spectra of the rows of a real image, in rows of so many columns, of which those that are too many are 0, and in tiles
/// of 2^`tile` rows.
pub(crate) fn forward_rows(context: &Context, image: &AnyImage, columns: usize, tile: u32) -> Result<Complex> {
    let image = Complex::pairs(image)?;
    let [half, height, depth] = image.extent;
    let spectrum = Complex::unset_in_tiles(context, [columns, height, depth], image.batch, tile)?;
    if on_chip(context, &image, &spectrum, &Lines { splits: true, ..Lines::along(0, half) })? {
        return Ok(spectrum);
    }
    debug_assert_eq!(tile, 0, "only lines on chip know tiles");
    let pairs = transform_axis(context, &image, 0, Direction::Forward, 1.0, None)?;
    let table = context.constant(&roots(2 * half))?;
    let domain = Domain { batch: pairs.batch, extent: [columns, height * depth, 1] };
    fourier_split(context, domain, &pairs.store, &spectrum.store, &table, index(half)?)?;
    Ok(spectrum)
}

/// The real image with such a half spectrum, into `target`.
pub(crate) fn inverse_real(context: &Context, spectrum: &Complex, target: &AnyImage) -> Result<()> {
    let mut current = spectrum.clone();
    for axis in [2, 1] {
        if current.extent[axis] > 1 {
            current = transform_axis(context, &current, axis, Direction::Inverse, 1.0, None)?;
        }
    }
    inverse_rows(context, &current, target)
}

/// The real image whose rows have such half spectra, into `target`, divided by the number of its voxels.
pub(crate) fn inverse_rows(context: &Context, spectrum: &Complex, target: &AnyImage) -> Result<()> {
    let target = Complex::pairs(target)?;
    let [half, height, depth] = target.extent;
    let scale = scale_of(target.extent);
    let lines = Lines { merges: true, exchange: [false, true], scale, ..Lines::along(0, half) };
    if on_chip(context, spectrum, &target, &lines)? {
        return Ok(());
    }
    let pairs = Complex::unset(context, target.extent, target.batch)?;
    let table = context.constant(&roots(2 * half))?;
    let domain = Domain { batch: target.batch, extent: [half, height * depth, 1] };
    fourier_merge(context, domain, &spectrum.store, &pairs.store, &table, index(spectrum.extent[0])?)?;
    transform_axis(context, &pairs, 0, Direction::Inverse, scale, Some(target))?;
    Ok(())
}

/// The spectrum of a real image of any extents: all that is needed of it, which is the half if its rows have an even length.
pub(crate) fn spectrum(context: &Context, image: &AnyImage) -> Result<Complex> {
    if image.spatial()[0].is_multiple_of(2) {
        forward_real(context, image)
    } else {
        transform(context, &Complex::real(image)?, Direction::Forward, None)
    }
}

/// The real image with a spectrum as [`spectrum`] makes it, of the shape of another.
pub(crate) fn image_of(context: &Context, spectrum: &Complex, like: &AnyImage) -> Result<Image<f32>> {
    let image = context.unset_like::<f32>(like)?;
    if like.spatial()[0].is_multiple_of(2) {
        inverse_real(context, spectrum, image.any())?;
    } else {
        let complex = transform(context, spectrum, Direction::Inverse, None)?;
        copy_images(context, Domain::of(like), &complex.store, &image, 0, 2, 0)?;
    }
    Ok(image)
}

/// An image whose spectrum is multiplied with a transfer function, or with its conjugate. Where the last axis fits on
/// chip its transform, the product and the transform back are one launch.
pub(crate) fn filtered(
    context: &Context,
    image: &AnyImage,
    transfer: &Transfer,
    conjugate: bool,
) -> Result<Image<f32>> {
    if !in_rows(image) {
        let product = multiply(context, &spectrum(context, image)?, transfer.whole(context)?, conjugate)?;
        return image_of(context, &product, image);
    }
    let rows = forward_rows(context, image, transfer.columns(), transfer.tile())?;
    let rows = filtered_rows(context, rows, transfer, conjugate)?;
    let image = context.unset_like::<f32>(image)?;
    inverse_rows(context, &rows, image.any())?;
    Ok(image)
}

/// Whether an image has axes beside x, along which half spectra of its rows are filtered.
pub(crate) fn in_rows(image: &AnyImage) -> bool {
    let [width, height, depth] = image.spatial();
    width.is_multiple_of(2) && height * depth > 1
}

/// As [`filtered`], from half spectra of rows to such.
pub(crate) fn filtered_rows(context: &Context, rows: Complex, transfer: &Transfer, conjugate: bool) -> Result<Complex> {
    let [_, height, depth] = rows.extent;
    let (before, last): (&[usize], usize) = match (height > 1, depth > 1) {
        (true, true) => (&[1], 2),
        (false, true) => (&[], 2),
        _ => (&[], 1),
    };
    let mut current = rows;
    for &axis in before {
        current = transform_axis(context, &current, axis, Direction::Forward, 1.0, None)?;
    }
    current = multiplied_along(context, &current, last, transfer, conjugate)?;
    for &axis in before {
        current = transform_axis(context, &current, axis, Direction::Inverse, 1.0, None)?;
    }
    Ok(current)
}

/// Half spectra of rows of so many pairs, with something done with their voxels; none if they do not fit on chip.
pub(crate) fn rows_of_voxels(
    context: &Context,
    rows: &Complex,
    half: usize,
    voxels: Voxels<'_>,
) -> Result<Option<Complex>> {
    let result = rows.unset_like(context)?;
    let scale = scale_of([half, rows.extent[1], rows.extent[2]]);
    let lines = Lines { merges: true, splits: true, voxels: Some(voxels), scale, ..Lines::along(0, half) };
    Ok(on_chip(context, rows, &result, &lines)?.then_some(result))
}

/// What an inverse transform of pairs is multiplied with: of twice as many voxels as there are pairs it is divided by half.
fn scale_of(pairs: [usize; 3]) -> f32 {
    (1.0 / volume(pairs) as f64) as f32
}

/// The transform along the last axis, times a transfer function, and transformed back.
fn multiplied_along(
    context: &Context,
    input: &Complex,
    axis: usize,
    transfer: &Transfer,
    conjugate: bool,
) -> Result<Complex> {
    let result = input.unset_like(context)?;
    let lines = |factors| Lines {
        exchange: [false, true],
        transfer: Some((factors, conjugate)),
        ..Lines::along(axis, input.extent[axis])
    };
    if let Some(taps) = transfer.taps(axis)
        && on_chip(context, input, &result, &lines(Factors::Taps(taps)))?
    {
        return Ok(result);
    }
    let whole = transfer.whole(context)?;
    if on_chip(context, input, &result, &lines(Factors::Whole(whole)))? {
        return Ok(result);
    }
    let spectrum = transform_axis(context, input, axis, Direction::Forward, 1.0, None)?;
    let product = multiply(context, &spectrum, whole, conjugate)?;
    transform_axis(context, &product, axis, Direction::Inverse, 1.0, None)
}

/// The product of spectra, or with the conjugate of the second. `other_batch` is 0 if there is one for all images. Numbers are
/// `step` apart, their parts `plane`.
#[gpu_op(grid)]
pub fn fourier_multiply(
    at: Item,
    one: Read<f32>,
    other: Read<f32>,
    product: Write<f32>,
    other_batch: u32,
    step: u32,
    plane: u32,
    conjugate: bool,
) {
    let i = 2 * at.n() * at.extent_x() + at.x() * step as usize;
    let j = at.n() * other_batch as usize + at.x() * step as usize;
    let apart = plane as usize;
    let imaginary = other.get(j + apart);
    let (x, y) =
        complex_product(one.get(i), one.get(i + apart), other.get(j), if conjugate { -imaginary } else { imaginary });
    product.store(i, x);
    product.store(i + apart, y);
}

pub(crate) fn multiply(context: &Context, one: &Complex, other: &Complex, conjugate: bool) -> Result<Complex> {
    let plane: usize = one.extent.iter().product();
    debug_assert_eq!(one.tile, other.tile, "they lie alike");
    let product = one.unset_like(context)?;
    let domain = Domain { batch: one.batch, extent: [plane, 1, 1] };
    let Planes { step, imaginary, .. } = product.planes;
    let (batch, apart) = (other.batch_step(), imaginary.unwrap_or(0));
    fourier_multiply(context, domain, &one.store, &other.store, &product.store, batch, step, apart, conjugate)?;
    Ok(product)
}

/// Whether the voxels of an image are real numbers, or its channels the parts of complex ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Numbers {
    /// Real numbers.
    #[default]
    Real,
    /// Complex numbers: channels are real and imaginary parts in turn.
    Complex,
}

impl Choice for Numbers {
    const NAMES: &'static [&'static str] = &["real", "complex"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Numbers {
        if index == 0 { Numbers::Real } else { Numbers::Complex }
    }
}

/// An image with the axes of another and a number of channels.
pub(crate) fn with_channels(context: &Context, like: &AnyImage, channels: usize) -> Result<AnyImage> {
    let [t, _, z, y, x] = like.shape5();
    let has = |letter: char| like.axes().as_str().contains(letter);
    let mut letters = String::new();
    let mut shape = vec![];
    for (letter, extent) in "tczyx".chars().zip([t, channels, z, y, x]) {
        if letter == 'c' && (channels > 1 || has('c')) || letter != 'c' && has(letter) {
            letters.push(letter);
            shape.push(extent);
        }
    }
    Ok(context.zeros_of_shape::<f32>(Axes::new(&letters)?, &shape)?.into_any())
}

/// Copies the images of a batch from `first` on, one in every `apart`, to those from `to` on.
#[gpu_op(grid)]
pub fn copy_images(at: Item, input: Read<f32>, output: Write<f32>, first: u32, apart: u32, to: u32) {
    let plane = at.extent_x() * at.extent_y() * at.extent_z();
    let place = at.index() - at.n() * plane;
    let from = (first as usize + at.n() * apart as usize) * plane;
    output.store(at.index() + to as usize * plane, input.get(from + place));
}

/// The discrete Fourier transform of an image along x, y and z.
///
/// `F(k) = Σ f(v)·exp(-2πi·(kx·vx/nx + ky·vy/ny + kz·vz/nz))`, not scaled, the frequency 0 first, as in NumPy. The
/// result is a complex image: an axis `c` with twice as many channels as the image has, real and imaginary parts in
/// turn. With `numbers` complex the image is complex itself. Every image of a batch (t, c) is transformed for itself;
/// extents may be any, those of which 2, 3, 5 and 7 are the only prime factors are the fastest. In f32; the largest
/// error is some 1e-7 of the largest coefficient. A voxel that is not finite makes its whole spectrum NaN; only the
/// imaginary parts of sums of real numbers, as at the frequency 0, may stay 0.
///
/// # Names
/// - `numpy.fft.fftn`: the result has an axis `c` of real and imaginary parts instead of complex elements, f32 instead
///   of f64; only x, y and z are transformed; `norm` is `backward`.
/// - `clesperanto.fft`: the whole spectrum here, its half (columns 0 to nx / 2, real and imaginary parts side by side
///   along x) there; any extents here, padded to smooth ones there.
#[gpu_op(procedure, alias = "fftn, fourier_transform")]
pub fn fft(context: &Context, image: AnyImage, #[param(default = "real")] numbers: Numbers) -> Result<Image<f32>> {
    let (input, channels) = match numbers {
        Numbers::Real => (Complex::real(&image)?, 2 * image.shape5()[1]),
        Numbers::Complex => (Complex::of(&image, "fft")?, image.shape5()[1]),
    };
    let result = with_channels(context, &image, channels)?;
    transform(context, &input, Direction::Forward, Some(Complex::of(&result, "fft")?))?;
    result.typed()
}

/// The inverse of the discrete Fourier transform along x, y and z.
///
/// The spectrum is a complex image as `fft` returns it. With `numbers` real (the default) the result are the real
/// parts, with half as many channels; else it is a complex image. Divided by the number of voxels, so that it undoes
/// `fft`.
///
/// # Names
/// - `numpy.fft.ifftn`: takes and returns parts as channels, and by default only the real ones; f32 instead of f64.
/// - `clesperanto.ifft`: takes the whole spectrum here, its half there; the result has the extents of the spectrum.
#[gpu_op(procedure, alias = "ifftn, inverse_fourier_transform")]
pub fn ifft(context: &Context, spectrum: AnyImage, #[param(default = "real")] numbers: Numbers) -> Result<Image<f32>> {
    let input = Complex::of(&spectrum, "ifft")?;
    let channels = spectrum.shape5()[1];
    let complex = with_channels(context, &spectrum, channels)?;
    transform(context, &input, Direction::Inverse, Some(Complex::of(&complex, "ifft")?))?;
    if numbers == Numbers::Complex {
        return complex.typed();
    }
    let real = with_channels(context, &spectrum, channels / 2)?;
    copy_images(context, Domain::of(&real), &complex, &real, 0, 2, 0)?;
    real.typed()
}

family! {
    operations: [fft, ifft],
    kernels: [copy_images, fourier_multiply],
}
