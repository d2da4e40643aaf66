//! Which lines are transformed on chip, and where they lie: the launches of [`crate::fourier_lines`] and
//! [`crate::fourier_powers`].
//!
//! Invariant: whether lines are transformed on chip or pass by pass decides nothing about the result.
use crate::fourier::{Complex, Planes, Store, index};
use crate::fourier_lines::{HELD, fourier_lines};
use crate::fourier_powers::fourier_powers;
use crate::prelude::*;
use crate::roots::{radices, roots};
use crate::transfer::skipped;
use kernwerk_runtime::Constant;

/// Lanes of a group, and elements that a lane takes in a pass.
const LANES: usize = HELD / 16;
/// Columns side by side that are worth a launch of groups: a quarter of a sector of memory, which is then moved four times,
/// on chip, where three passes would move it six times to the memory and back.
const FEWEST_COLUMNS: usize = 2;
/// Lines of which each sixteenth has whole tiles.
const SHORTEST_IN_TILES: usize = 128;

/// What a transform is multiplied with.
#[derive(Clone, Copy)]
pub(crate) enum Factors<'a> {
    Whole(&'a Complex),
    /// Few numbers for each line, around its origin, whose transform it is.
    Taps(&'a Complex),
}

/// What is done with real voxels between an inverse transform of rows and the next forward one.
#[derive(Clone, Copy)]
pub(crate) enum Voxels<'a> {
    /// How much brighter these are than those, as [`brightness_ratio`](crate::deconvolution::brightness_ratio()).
    Ratio { of: &'a AnyImage, least: f32, epsilon: f32 },
    /// These are brightened by those, and kept.
    Brightened { of: &'a AnyImage, kept: &'a AnyImage },
}

/// A transform of all lines along an axis.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a> {
    pub(crate) axis: usize,
    /// Elements of a line that is transformed.
    pub(crate) len: usize,
    /// Whether the parts are exchanged when they are read, and when they are written.
    pub(crate) exchange: [bool; 2],
    pub(crate) scale: f32,
    /// Whether the lines are the half spectra of real ones, and are turned into those of pairs first.
    pub(crate) merges: bool,
    /// Whether they are pairs of neighbours, and half spectra come out.
    pub(crate) splits: bool,
    /// What the transform is multiplied with, whether with its conjugate; then it is transformed back.
    pub(crate) transfer: Option<(Factors<'a>, bool)>,
    /// What is done with the voxels of rows that are merged, transformed, and then transformed back and split.
    pub(crate) voxels: Option<Voxels<'a>>,
}

impl Lines<'_> {
    /// Lines of such a length, and nothing beside their transform.
    pub(crate) fn along(axis: usize, len: usize) -> Lines<'static> {
        let (scale, exchange) = (1.0, [false; 2]);
        Lines { axis, len, exchange, scale, merges: false, splits: false, transfer: None, voxels: None }
    }
}

/// How many lines of a length a group takes: of each pass a lane has 16 elements, in whole transforms of its radix.
pub(crate) fn lines_together(len: usize, radices: &[usize]) -> usize {
    radices.iter().map(|radix| LANES * (16 / radix * radix)).min().unwrap_or(0) / len
}

/// Rows of half spectra that lie side by side between launches, as a logarithm: in tiles of so many rows the numbers of a column
/// are neighbours. A launch along x has whole tiles in its groups, and one along y reads as many numbers from each tile as a group
/// has columns times rows. 0 where the lines of either axis, of `half` and `height` numbers, are not transformed that way.
pub(crate) fn tile(context: &Context, half: usize, height: usize) -> u32 {
    let on_chip = !context.runs_natively() && context.takes(&fourier_powers::KERNEL);
    let suits = |len: usize| len.is_power_of_two() && (SHORTEST_IN_TILES..=HELD / FEWEST_COLUMNS).contains(&len);
    // A sector of memory has eight.
    if on_chip && suits(half) && suits(height) { (HELD / half).min(8).ilog2() } else { 0 }
}

/// Transforms lines on chip; whether it did: they have to fit, and the device needs groups of that size.
pub(crate) fn on_chip(context: &Context, input: &Complex, output: &Complex, lines: &Lines<'_>) -> Result<bool> {
    // The CPU has caches for what a GPU shares on chip: passes of 8 and 16 are as fast there, the others twice as fast.
    if context.runs_natively() || !context.takes(&fourier_lines::KERNEL) {
        return Ok(false);
    }
    transform_on_chip(context, input, output, lines)
}

/// As [`on_chip`], on any device.
pub(crate) fn transform_on_chip(
    context: &Context,
    input: &Complex,
    output: &Complex,
    lines: &Lines<'_>,
) -> Result<bool> {
    let Lines { axis, len, .. } = *lines;
    let Some(radices) = radices(len).filter(|radices| !radices.is_empty()) else { return Ok(false) };
    let (inner, outer) = input.around(axis);
    let columns = axis > 0;
    let (number, blocks) = if columns { (inner, outer) } else { (outer, 1) };
    let powers = len.is_power_of_two()
        && radices.iter().all(|&radix| radix == 8 || radix == 16)
        // Its factors come in sixteens.
        && (lines.transfer.is_none() || len >= 16)
        && context.takes(&fourier_powers::KERNEL);
    let width = if powers { HELD / len } else { lines_together(len, &radices).min(number) };
    if width == 0 || columns && width < FEWEST_COLUMNS.min(number) {
        return Ok(false);
    }
    let table = context.constant(&roots(if lines.merges || lines.splits { 2 * len } else { len }))?;
    let domain = Domain { batch: input.batch, extent: [number.div_ceil(width), blocks, 1] };
    let launch = Launch { context, domain, input, output, lines, table, columns, number, inner };
    match lines.transfer {
        _ if powers => launch.powers(&radices)?,
        _ if lines.voxels.is_some() => return Ok(false),
        // Only the kernel above knows tiles, but along z their rows are columns like any others.
        _ if axis < 2 && (input.tile > 0 || output.tile > 0) => return Ok(false),
        Some((Factors::Taps(_), _)) => return Ok(false),
        _ => launch.any(&radices, width)?,
    }
    Ok(true)
}

/// The passes of lines of 2^`bits` elements, as [`fourier_powers()`] reads them: whether the radix is 16, the logarithm of the
/// distance at which a pass reads (elements being 2^`side` apart), that of the product of the radices before, the logarithm
/// of the elements between gaps, and how long these are.
pub(crate) fn plans(bits: usize, side: usize, radices: &[usize]) -> [u32; 3] {
    let mut plans = [0; 3];
    let mut done = 0;
    // Elements are written so far apart.
    let written = bits + side - 3;
    for (plan, radix) in plans.iter_mut().zip(radices) {
        let more = radix.ilog2() as usize;
        let low = bits + side - done - more;
        let block = if written < 5 { low + more } else { (low + more).max(5) };
        let gap = if low < 5 { 1 << low } else { 0 };
        *plan = (usize::from(*radix == 16) | low << 1 | done << 5 | block << 9 | gap << 13) as u32;
        done += more;
    }
    plans
}

/// What both kernels take.
struct Launch<'a> {
    context: &'a Context,
    domain: Domain,
    input: &'a Complex,
    output: &'a Complex,
    lines: &'a Lines<'a>,
    table: Constant<f32>,
    columns: bool,
    number: usize,
    inner: usize,
}

impl Launch<'_> {
    /// From block to block, from line to line, from element to element, in complex numbers that lie `step` apart; where rows are in
    /// tiles, from tile to tile of them.
    fn steps(&self, complex: &Complex, step: u32) -> Result<[u32; 3]> {
        let (step, long) = (step as usize, complex.extent[self.lines.axis]);
        let rows = 1 << self.tile(complex);
        let [block, line, element] =
            if self.columns { [self.inner * long, rows, self.inner * rows] } else { [0, long * rows, rows] };
        Ok([index(block * step)?, index(line * step)?, index(element * step)?])
    }

    /// The tiles that the axis sees.
    fn tile(&self, complex: &Complex) -> u32 {
        if self.lines.axis < 2 { complex.tile } else { 0 }
    }

    /// What lines are multiplied with, and how many taps it has.
    fn factors(&self) -> (&Complex, usize) {
        match self.lines.transfer {
            None => (self.input, 0),
            Some((Factors::Whole(factors), _)) => (factors, 0),
            Some((Factors::Taps(factors), _)) => (factors, factors.extent[self.lines.axis]),
        }
    }

    fn powers(&self, radices: &[usize]) -> Result<()> {
        let Launch { context, domain, input, output, lines, .. } = *self;
        let (from, to) = (input.planes.exchanged(lines.exchange[0]), output.planes.exchanged(lines.exchange[1]));
        let ([in_block, in_line, in_element], [out_block, out_line, out_element]) =
            (self.steps(input, 1)?, self.steps(output, 1)?);
        let (of, kept, least, epsilon) = match lines.voxels {
            None => (None, None, 0.0, 0.0),
            Some(Voxels::Ratio { of, least, epsilon }) => (Some(of), None, least, epsilon),
            Some(Voxels::Brightened { of, kept }) => (Some(of), Some(kept), 0.0, 0.0),
        };
        let real = of.map(Complex::pairs).transpose()?;
        let kept = match kept {
            Some(image) => Store::Image(image.clone()),
            None => Store::Buffer(context.unset(1)?),
        };
        let (factors, taps) = match &real {
            Some(real) => (real, 0),
            None => self.factors(),
        };
        let [_, transfer_line, transfer_element] = self.steps(factors, 1)?;
        // With voxels between two transforms the tests keep loads where their numbers are used: without them NVIDIA's OpenCL took a fifth longer.
        let full = self.number.is_multiple_of(HELD / lines.len) && real.is_none();
        // Numbers lie side by side, or their parts do.
        let pairs = |planes: Planes| planes.step == 2;
        let exchanged = |planes: Planes, exchange: bool| pairs(planes) && exchange;
        let bits = lines.len.ilog2() as usize;
        let [mut first, second, third] =
            plans(bits, if self.columns { HELD.ilog2() as usize - bits } else { 0 }, radices);
        if lines.merges && input.tile > 0 && first >> 13 == 0 {
            // Rows that are written side by side lie in banks of their own.
            first = first & 0x1ff | (bits as u32) << 9 | (32 >> input.tile) << 13;
        }
        fourier_powers(
            context,
            domain,
            &input.store,
            &output.store,
            &self.table,
            &factors.store,
            &kept,
            bits as u32,
            first,
            second,
            third,
            radices.len() as u32,
            index(self.number)?,
            full,
            self.columns,
            lines.merges,
            lines.splits,
            lines.transfer.is_some() || real.is_some(),
            match lines.voxels {
                None => 0,
                Some(Voxels::Ratio { .. }) => 1,
                Some(Voxels::Brightened { .. }) => 2,
            },
            lines.transfer.is_some_and(|transfer| transfer.1),
            index(taps)?,
            index(skipped(taps))?,
            from.batch / from.step,
            in_block,
            in_line,
            in_element,
            from.real,
            from.imaginary.unwrap_or(0),
            pairs(from),
            exchanged(from, lines.exchange[0]),
            self.tile(input),
            from.imaginary.is_some(),
            to.batch / to.step,
            out_block,
            out_line,
            out_element,
            to.real,
            to.imaginary.unwrap_or(0),
            pairs(to),
            exchanged(to, lines.exchange[1]),
            self.tile(output),
            factors.batch_step() / factors.planes.step,
            transfer_line,
            transfer_element,
            factors.planes.imaginary.unwrap_or(0),
            pairs(factors.planes),
            self.tile(factors),
            lines.scale,
            least,
            epsilon,
        )
    }

    /// Lines of any length that fits; `width` of them in a group.
    fn any(&self, radices: &[usize], width: usize) -> Result<()> {
        let Launch { context, domain, input, output, lines, .. } = *self;
        let (from, to) = (input.planes.exchanged(lines.exchange[0]), output.planes.exchanged(lines.exchange[1]));
        let ([in_block, in_line, in_element], [out_block, out_line, out_element]) =
            (self.steps(input, from.step)?, self.steps(output, to.step)?);
        let (factors, _) = self.factors();
        let chain = radices.iter().rev().fold(0, |chain, &radix| chain << 4 | (radix as u32 - 1));
        fourier_lines(
            context,
            domain,
            &input.store,
            &output.store,
            &self.table,
            &factors.store,
            index(lines.len)?,
            chain,
            radices.len() as u32,
            index(self.number)?,
            index(width)?,
            self.columns,
            lines.merges,
            lines.splits,
            lines.transfer.is_some(),
            lines.transfer.is_some_and(|transfer| transfer.1),
            from.batch,
            in_block,
            in_line,
            in_element,
            from.real,
            from.imaginary.unwrap_or(0),
            from.imaginary.is_some(),
            to.batch,
            out_block,
            out_line,
            out_element,
            to.real,
            to.imaginary.unwrap_or(0),
            factors.batch_step(),
            factors.planes.imaginary.unwrap_or(0),
            lines.scale,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deconvolution::{richardson_lucy_ratio, richardson_lucy_update};
    use crate::fourier::{Direction, forward_rows, inverse_rows, multiply, transform_axis};
    use crate::transfer::lengthened;
    use kernwerk_runtime::{Axes, Device};
    use ndarray::Array4;

    /// The transform of a complex image along an axis, pass by pass or on chip; the image itself where it does not fit.
    #[gpu_op(procedure)]
    pub fn transform_lines(
        context: &Context,
        image: AnyImage,
        #[param] axis: u32,
        #[param] inverse: bool,
        #[param] chip: bool,
    ) -> Result<Image<f32>> {
        let input = Complex::of(&image, "transform_lines")?;
        let result = context.unset_like::<f32>(&image)?;
        let output = Complex::of(result.any(), "transform_lines")?;
        let axis = axis as usize;
        if chip {
            let lines = Lines { exchange: [inverse; 2], scale: 0.3, ..Lines::along(axis, input.extent[axis]) };
            let fits = transform_on_chip(context, &input, &output, &lines)?;
            return if fits { Ok(result) } else { image.typed() };
        }
        let direction = if inverse { Direction::Inverse } else { Direction::Forward };
        transform_axis(context, &input, axis, direction, 0.3, Some(output))?;
        Ok(result)
    }

    /// Lines transformed, times the transform of others around their origin, and transformed back, all on chip or not.
    #[gpu_op(procedure)]
    pub fn multiply_lines(
        context: &Context,
        image: AnyImage,
        #[own_extents] taps: AnyImage,
        #[param] axis: u32,
        #[param] form: u32,
    ) -> Result<Image<f32>> {
        let (input, factors) = (Complex::of(&image, "multiply_lines")?, Complex::of(&taps, "multiply_lines")?);
        let result = context.unset_like::<f32>(&image)?;
        let output = Complex::of(result.any(), "multiply_lines")?;
        let axis = axis as usize;
        let whole = lengthened(context, &factors, axis, input.extent[axis], 0)?;
        if form == 0 {
            let spectrum = transform_axis(context, &input, axis, Direction::Forward, 1.0, None)?;
            let product = multiply(context, &spectrum, &whole, true)?;
            transform_axis(context, &product, axis, Direction::Inverse, 0.3, Some(output))?;
            return Ok(result);
        }
        let lines = Lines {
            exchange: [false, true],
            scale: 0.3,
            transfer: Some((if form == 1 { Factors::Whole(&whole) } else { Factors::Taps(&factors) }, true)),
            ..Lines::along(axis, input.extent[axis])
        };
        let fits = transform_on_chip(context, &input, &output, &lines)?;
        if fits { Ok(result) } else { image.typed() }
    }

    /// Real rows to half spectra, with spare columns, and back.
    #[gpu_op(procedure)]
    pub fn rows_there_and_back(context: &Context, image: AnyImage, #[param] chip: bool) -> Result<Image<f32>> {
        let pairs = Complex::pairs(&image)?;
        let [half, height, depth] = pairs.extent;
        let columns = (half + 1).next_multiple_of(8);
        let result = context.unset_like::<f32>(&image)?;
        if !chip {
            inverse_rows(context, &forward_rows(context, &image, columns, 0)?, result.any())?;
            return Ok(result);
        }
        let spectrum = Complex::unset(context, [columns, height, depth], pairs.batch)?;
        let there = Lines { splits: true, ..Lines::along(0, half) };
        let scale = (1.0 / (half * height * depth) as f64) as f32;
        let back = Lines { merges: true, exchange: [false, true], scale, ..Lines::along(0, half) };
        let fits = transform_on_chip(context, &pairs, &spectrum, &there)?
            && transform_on_chip(context, &spectrum, &Complex::pairs(result.any())?, &back)?;
        if fits { Ok(result) } else { image.typed() }
    }

    /// Real rows convolved along x and y with lines: half spectra in tiles of 2^`tile` rows, times the transform of the lines, which are
    /// whole, or sums.
    #[gpu_op(procedure)]
    pub fn rows_in_tiles(
        context: &Context,
        image: AnyImage,
        #[own_extents] taps: AnyImage,
        #[param] tile: u32,
        #[param] sums: bool,
    ) -> Result<Image<f32>> {
        let (pairs, factors) = (Complex::pairs(&image)?, Complex::of(&taps, "rows_in_tiles")?);
        let [half, height, depth] = pairs.extent;
        let extent = [factors.extent[0], height, depth];
        let spectrum = || Complex::unset_in_tiles(context, extent, pairs.batch, tile);
        let (rows, there, product, back) = (spectrum()?, spectrum()?, spectrum()?, spectrum()?);
        let result = context.unset_like::<f32>(&image)?;
        let whole = lengthened(context, &factors, 1, height, tile)?;
        let factors = if sums { Factors::Taps(&factors) } else { Factors::Whole(&whole) };
        let along = Lines::along(1, height);
        let multiplied = Lines { exchange: [false, true], transfer: Some((factors, false)), ..along };
        let inverse = Lines { merges: true, exchange: [false, true], scale: 0.3, ..Lines::along(0, half) };
        let fits = transform_on_chip(context, &pairs, &rows, &Lines { splits: true, ..Lines::along(0, half) })?
            && transform_on_chip(context, &rows, &there, &along)?
            && transform_on_chip(context, &there, &product, &multiplied)?
            && transform_on_chip(context, &product, &back, &Lines { exchange: [true; 2], ..along })?
            && transform_on_chip(context, &back, &Complex::pairs(result.any())?, &inverse)?;
        if fits { Ok(result) } else { image.typed() }
    }

    /// A round of deconvolution without a point spread function, on chip or with the voxels in memory, from half spectra to half spectra: the ratio,
    /// the product, and what both make of them.
    #[gpu_op(procedure)]
    pub fn voxels_of_rows(
        context: &Context,
        image: AnyImage,
        #[param] tile: u32,
        #[param] chip: bool,
    ) -> Result<Image<f32>> {
        let pairs = Complex::pairs(&image)?;
        let [half, height, depth] = pairs.extent;
        let columns = (half + 1).next_multiple_of(8);
        let unset = || context.unset_like::<f32>(&image);
        let spectrum = || Complex::unset_in_tiles(context, [columns, height, depth], pairs.batch, tile);
        let scale = 1.0 / half as f32;
        let forward = |image: &AnyImage| -> Result<Complex> {
            let (pairs, rows) = (Complex::pairs(image)?, spectrum()?);
            let fits = transform_on_chip(context, &pairs, &rows, &Lines { splits: true, ..Lines::along(0, half) })?;
            assert!(fits, "{half}");
            Ok(rows)
        };
        let inverse = |rows: &Complex| -> Result<Image<f32>> {
            let voxels = unset()?;
            let lines = Lines { merges: true, exchange: [false, true], scale, ..Lines::along(0, half) };
            assert!(transform_on_chip(context, rows, &Complex::pairs(voxels.any())?, &lines)?, "{half}");
            Ok(voxels)
        };
        let between = |rows: &Complex, voxels| -> Result<Complex> {
            let result = spectrum()?;
            let voxels = Some(voxels);
            let lines = Lines { merges: true, splits: true, voxels, scale, ..Lines::along(0, half) };
            assert!(transform_on_chip(context, rows, &result, &lines)?, "{half}");
            Ok(result)
        };
        let (least, epsilon) = (0.01, 0.002);
        let rows = forward(&image)?;
        let (rows, kept) = if chip {
            let kept = unset()?;
            let ratio = between(&rows, Voxels::Ratio { of: &image, least, epsilon })?;
            (between(&ratio, Voxels::Brightened { of: &image, kept: kept.any() })?, kept)
        } else {
            let ratio = context.eval(richardson_lucy_ratio(&image, &inverse(&rows)?, least, epsilon))?;
            let kept = context.eval(richardson_lucy_update(&image, &inverse(&forward(ratio.any())?)?))?;
            (forward(kept.any())?, kept)
        };
        context.eval(richardson_lucy_update(&kept, &inverse(&rows)?))
    }

    fn noise(shape: (usize, usize, usize, usize)) -> Array4<f32> {
        let mut state = 1u32;
        Array4::from_shape_simple_fn(shape, || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 1e6 - 8.0
        })
    }

    #[test]
    fn on_chip_has_the_bits_of_the_passes() {
        let longer = [72, 81, 125, 128, 210, 243, 343, 512, 625, 1000, 1024, 2187, 2401, 3500, 3584, 3840, 4000, 4096];
        let (mut fitting, mut unfit) = (0, 0);
        for len in (1..=64).chain(longer) {
            // Lines along x, y and z, beside others, some of which fill no group.
            for (axis, shape) in [(0, (4, 1, 3, len)), (1, (2, 2, len, 11)), (2, (2, len, 3, 5))] {
                if len > 64 && axis == 2 {
                    continue;
                }
                let axes = Axes::new("czyx").unwrap();
                let array = noise(shape);
                let image = Device::cpu().upload_with_axes(array.view(), axes).unwrap();
                for inverse in [false, true] {
                    let [passes, chip] = [false, true].map(|chip| {
                        let result = transform_lines(&image, axis, inverse, chip).eval().unwrap();
                        result.any().download_host().unwrap()
                    });
                    let fits = chip != image.any().download_host().unwrap();
                    if fits {
                        assert_eq!(passes, chip, "{len} along {axis}, inverse: {inverse}");
                    }
                    *(if fits { &mut fitting } else { &mut unfit }) += 1;
                }
            }
        }
        // Lengths with a prime above 7, those of one voxel, and the longest.
        assert!(fitting > 230 && unfit < 200, "{fitting} fit, {unfit} do not");
    }

    #[test]
    fn products_on_chip_have_the_bits_of_the_passes() {
        let axes = || Axes::new("czyx").unwrap();
        for (len, taps) in [(6, 2), (8, 3), (16, 1), (16, 16), (64, 17), (128, 30), (512, 64), (48, 9), (2048, 5)] {
            for (axis, shape, size) in [
                (1, (2, 1, len, 5), (2, 1, taps, 5)),
                (2, (4, len, 2, 3), (2, taps, 2, 3)),
                (1, (2, 1, len, 40), (2, 1, taps, 40)),
            ] {
                let (image, kernel) = (noise(shape), noise(size));
                let image = Device::cpu().upload_with_axes(image.view(), axes()).unwrap();
                let kernel = Device::cpu().upload_with_axes(kernel.view(), axes()).unwrap();
                let own = image.any().download_host().unwrap();
                let [passes, whole, sums] = [0, 1, 2].map(|form| {
                    let result = multiply_lines(&image, &kernel, axis, form).eval().unwrap();
                    result.any().download_host().unwrap()
                });
                assert!(whole == passes, "{len} with {taps} along {axis}");
                // Lines of other lengths have no sums on chip.
                assert!(sums == if matches!(len, 6 | 8 | 48) { own } else { passes }, "{len} with {taps} along {axis}");
            }
        }
    }

    #[test]
    fn tiles_change_no_bits() {
        for (half, height, depth, taps) in [(128, 128, 2, 5), (128, 256, 1, 60), (512, 128, 1, 17), (1024, 2048, 1, 9)]
        {
            let axes = || Axes::new("czyx").unwrap();
            let image = noise((1, depth, height, 2 * half));
            let image = Device::cpu().upload_with_axes(image.view(), axes()).unwrap();
            let lines = noise((2, depth, taps, (half + 1).next_multiple_of(8)));
            let lines = Device::cpu().upload_with_axes(lines.view(), axes()).unwrap();
            let mut found = Vec::new();
            // As many rows as a group has, at most.
            let most = (HELD / half).min(8).ilog2();
            for (tile, sums) in [(0, false), (most, false), (most, true), (1, false)] {
                let result = rows_in_tiles(&image, &lines, tile, sums).eval().unwrap();
                found.push(result.any().download_host().unwrap());
            }
            assert!(found[0] != image.any().download_host().unwrap(), "{half} × {height} do not fit");
            assert!(found.iter().all(|other| *other == found[0]), "{half} × {height} × {depth}, {taps} taps");
        }
    }

    #[test]
    fn voxels_between_transforms_of_rows_have_the_bits_of_those_in_memory() {
        for (half, height, tiles) in
            [(8, 5, 0..1), (64, 3, 0..1), (128, 64, 2..4), (512, 32, 0..4), (1024, 8, 2..3), (2048, 6, 0..2)]
        {
            let image = noise((2, 1, height, 2 * half)).mapv(f32::abs);
            let image = Device::cpu().upload_with_axes(image.view(), Axes::new("tzyx").unwrap()).unwrap();
            let host = |tile, chip| voxels_of_rows(&image, tile, chip).eval().unwrap().any().download_host().unwrap();
            let expected = host(0, false);
            for tile in tiles {
                assert!(host(tile, true) == expected, "{half} × {height}, tiles of 2^{tile}");
            }
        }
    }

    #[test]
    fn real_rows_on_chip_have_the_bits_of_the_passes() {
        for half in [1, 2, 3, 8, 12, 16, 20, 64, 128, 256, 512, 1000, 1024, 2048, 4096] {
            let array = noise((2, 1, 5, 2 * half));
            let image = Device::cpu().upload_with_axes(array.view(), Axes::new("czyx").unwrap()).unwrap();
            let [passes, chip] = [false, true].map(|chip| {
                let result = rows_there_and_back(&image, chip).eval().unwrap();
                result.any().download_host().unwrap()
            });
            assert!(half == 1 || passes == chip, "{half}");
        }
    }
}
