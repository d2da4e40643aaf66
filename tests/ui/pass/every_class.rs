use kernwerk::prelude::*;

struct Range;

#[gpu_op(pointwise, alias = "lighten, mod")]
pub fn brighten(image: f32, #[param(default = 1.0, range = 0.0..=10.0)] by: f32) -> f32 {
    image + by
}

#[gpu_op(neighborhood)]
pub fn highest<T: Pixel>(w: Window<T>, #[param(default = 1)] radius: PerAxis<u32>) -> T {
    w.ellipsoid(radius).max()
}

#[gpu_op(neighborhood(separable))]
pub fn smooth(line: Line<f32>, #[param(default = 1, range = 0..)] radius: PerAxis<u32>) -> f32 {
    line.window(radius).sum() / line.window(radius).count()
}

#[gpu_op(reduction, whole = "range_of_all_pixels", projection = "range_{axis}_projection")]
impl Reduction<f32> for Range {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (f32::INFINITY, f32::NEG_INFINITY)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        let (low, high) = state;
        (min(low, pixel), max(high, pixel))
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        let (low_a, high_a) = a;
        let (low_b, high_b) = b;
        (min(low_a, low_b), max(high_a, high_b))
    }

    fn finish(state: (f32, f32), _count: f32) -> f32 {
        let (low, high) = state;
        high - low
    }
}

#[gpu_op(grid)]
pub fn count(at: Item, labels: Read<u32>, counts: Global<u32>) {
    counts.fetch_add(labels.get(at.index()) as usize, 1);
}

#[gpu_op(grid)]
pub fn tallied(at: Item, image: Read<u32>, offset: Read<u32>, counts: Tally) {
    let (value, first) = (image.get(at.index()), offset.get(0));
    counts.add((value + first) as usize, 1);
}

#[gpu_op(procedure)]
pub fn occurrences(context: &Context, image: Image<u32>) -> Result<Image<u32>, Error> {
    let counts = context.zeros_of_shape::<u32>(Axes::new("yx")?, &[1, 16])?;
    let offset = context.upload_buffer(&[1u32])?;
    tallied(context, Domain::of(image.any()), &image, &offset, &counts)?;
    Ok(counts)
}

#[gpu_op(gather, layout = source.grown(margin, margin))]
pub fn framed<T: Pixel>(source: Sampler<T>, at: Position, #[param(default = 1)] margin: PerAxis<u32>) -> T {
    source.at(at.x() - margin.x as i32, at.y() - margin.y as i32, at.z() - margin.z as i32)
}

#[gpu_op(composite)]
pub fn contrast(image: AnyExpr, #[param(default = 1)] radius: PerAxis<u32>) -> Expr<f32> {
    brighten(&image, 0.0) - smooth(&image, radius)
}

#[gpu_op(pointwise)]
pub fn split(image: f32) -> (f32, bool) {
    (image.abs(), image < 0.0)
}

#[gpu_op(gather)]
pub fn stretched<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(output_extent, range = 1..)] extent: PerAxis<u32>,
) -> T {
    let by = source.extent_x() as f32 / extent.x as f32;
    source.nearest(at.x() as f32 * by, at.y() as f32, at.z() as f32)
}

#[gpu_op(gather, layout = a.joined(b, kernwerk::Axis::Y))]
pub fn below<T: Pixel>(a: Sampler<T>, b: Sampler<T>, weight: Sampler<f32>, at: Position) -> (T, f32) {
    let y = at.y() - a.extent_y();
    let mut sum = 0.0;
    for i in 0..weight.extent_x() {
        sum += weight.at(i, 0, 0);
    }
    (if y < 0 { a.at(at.x(), at.y(), at.z()) } else { b.at(at.x(), y, at.z()) }, sum)
}

#[gpu_op(scan)]
pub fn counted(pixel: bool, #[state(start = 0)] n: u32, at: Position, #[param(default = 1)] step: u32) -> (u32, u32) {
    let next = if pixel && at.x() >= 0 { n + step } else { n };
    (next, next)
}

#[gpu_op(scan)]
pub fn differences<T: Pixel>(
    pixel: f32,
    mask: T,
    #[state(start = pixel.mul_add(scale, 0.5))] before: f32,
    #[state(start = mask)] seen: T,
    #[param(default = 1.0)] scale: f32,
) -> (f32, f32, T) {
    (if mask == seen { pixel - before } else { 0.0 }, pixel * scale, mask)
}

fn main() -> Result<(), Error> {
    let image: Image<u16> = Device::cpu().upload(ndarray::arr2(&[[1u16, 2], [3, 4]]).view())?;
    assert_eq!(range_of_all_pixels(contrast(&image, 1)).eval()?, 2.0);
    let (magnitude, negative) = split(&image);
    assert_eq!(range_of_all_pixels(magnitude - negative).eval()?, 3.0);
    let wide = stretched(&image, [1, 2, 5]).eval()?;
    assert_eq!(wide.any().shape(), [2, 5]);
    assert_eq!(range_of_all_pixels(counted(&wide, kernwerk::Axis::X, 2).with("reverse", true)).eval()?, 8.0);
    let weight: Image<f32> = Device::cpu().upload(ndarray::arr2(&[[0.5f32, 1.5, 3.0]]).view())?;
    let (both, sums) = below(&image, &image, &weight);
    assert_eq!(both.eval()?.any().shape(), [4, 2]);
    assert_eq!(maximum_of_all_pixels(sums).eval()?, 5.0);
    assert_eq!(framed(&image, 2).eval()?.any().shape(), [6, 6]);
    assert_eq!(occurrences(&image).download::<ndarray::Ix2>()?[[0, 3]], 1);
    Ok(())
}
