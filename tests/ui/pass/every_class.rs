use kernwerk::prelude::*;

struct Range;

#[gpu_op(pointwise, alias = "lighten")]
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

#[gpu_op(composite)]
pub fn contrast(image: AnyExpr, #[param(default = 1)] radius: PerAxis<u32>) -> Expr<f32> {
    brighten(&image, 0.0) - smooth(&image, radius)
}

#[gpu_op(pointwise)]
pub fn split(image: f32) -> (f32, bool) {
    (image.abs(), image < 0.0)
}

fn main() -> Result<(), Error> {
    let image: Image<u16> = Device::cpu().upload(ndarray::arr2(&[[1u16, 2], [3, 4]]).view())?;
    assert_eq!(range_of_all_pixels(contrast(&image, 1)).eval()?, 2.0);
    let (magnitude, negative) = split(&image);
    assert_eq!(range_of_all_pixels(magnitude - negative).eval()?, 3.0);
    Ok(())
}
