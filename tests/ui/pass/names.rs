use kernwerk::prelude::*;

/// Names that C, the writers and the expansion know are an author's to use.
#[gpu_op(pointwise)]
pub fn kernel(float: f32, r#in: f32, #[param(default = 1.0)] row: f32, #[param(default = 2.0)] arguments: f32) -> f32 {
    let half = float * row;
    let größe = r#in * arguments;
    let _1 = half + größe;
    let r#do = if _1 > 0.0 { _1 } else { -_1 };
    r#do
}

#[gpu_op(pointwise)]
pub fn body(body: f32, cpu: f32, out: f32) -> f32 {
    body + cpu + out
}

#[gpu_op(neighborhood)]
pub fn row(row: Window<f32>, sigma: PerAxis<f32>, #[param(default = 1.0)] sigma_x: f32) -> f32 {
    row.cuboid(1).max() * sigma.x + row.center() * sigma_x
}

fn weights(arguments: PerAxis<u32>) -> PerAxis<Vec<f32>> {
    arguments.map(|radius| vec![1.0; 2 * radius as usize + 1])
}

#[gpu_op(neighborhood(separable))]
pub fn cpu(line: Line<f32>, arguments: PerAxis<u32>) -> f32 {
    line.weighted_sum(weights(arguments))
}

fn call(image: &AnyExpr) -> Expr<f32> {
    kernel(image, image, 1.0, 2.0)
}

#[gpu_op(composite)]
pub fn run(image: AnyExpr, #[param(default = 1.0)] arguments: f32) -> Expr<f32> {
    call(&image) * arguments
}

/// A function of the author's own, in a program that calls the language's too.
pub mod own {
    pub fn max(a: u32, b: u32) -> u32 {
        a + b
    }
}

fn main() -> Result<(), Error> {
    let image: Image<f32> = Device::cpu().upload(ndarray::arr2(&[[-1.0_f32, 2.0], [3.0, -4.0]]).view())?;
    let [a, b]: [ndarray::Array2<f32>; 2] = [kernel(&image, &image, 1.0, 2.0).download()?, run(&image, 2.0).download()?];
    assert_eq!((a[[1, 1]], b[[0, 1]]), (12.0, 12.0));
    let sums: ndarray::Array2<f32> = body(&image, &image, &image).download()?;
    assert_eq!(sums[[1, 0]], 9.0);
    let largest: ndarray::Array2<f32> = row(&image, 2.0, 1.0).download()?;
    assert_eq!(largest[[0, 0]], 5.0);
    let weighted: ndarray::Array2<f32> = cpu(&image, 1).download()?;
    assert!(weighted[[0, 0]].is_finite());
    assert_eq!(own::max(1, 2), 3);
    Ok(())
}
