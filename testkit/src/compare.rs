//! Comparison of results: the same bits, or within a number of ulp.

use kernwerk_runtime::{AnyImage, ColumnValues, HostData, HostImage, Outcome, Result, Table, host_data};

/// A result in host memory.
#[derive(Clone, Debug)]
pub enum Downloaded {
    /// An image.
    Image(HostImage),
    /// Several images.
    Images(Vec<HostImage>),
    /// A number.
    Scalar(f64),
    /// A table.
    Table(Table),
}

impl Downloaded {
    /// Copies a result to the host.
    ///
    /// # Errors
    /// If the device fails.
    pub fn of(outcome: &Outcome) -> Result<Downloaded> {
        Ok(match outcome {
            Outcome::Image(image) => Downloaded::Image(image.download_host()?),
            Outcome::Images(images) => {
                Downloaded::Images(images.iter().map(AnyImage::download_host).collect::<Result<_>>()?)
            }
            Outcome::Scalar(number) => Downloaded::Scalar(*number),
            Outcome::Table(table) => Downloaded::Table(table.clone()),
        })
    }
}

/// What the two sides of a comparison are called in messages.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// Where the expected result comes from, e.g. `on the CPU`.
    pub expected: &'static str,
    /// Where the other comes from, e.g. `here`.
    pub found: &'static str,
}

/// Where and how the result of a device differs from the CPU's; `None` if they are the same bits, or within `ulp` units in the
/// last place.
pub fn difference(expected: &Downloaded, found: &Downloaded, ulp: u32) -> Option<String> {
    difference_between(expected, found, ulp, Sides { expected: "on the CPU", found: "here" })
}

/// As [`difference`], for any two results.
pub fn difference_between(expected: &Downloaded, found: &Downloaded, ulp: u32, sides: Sides) -> Option<String> {
    match (expected, found) {
        (Downloaded::Image(expected), Downloaded::Image(found)) => images(expected, found, ulp, sides),
        (Downloaded::Images(expected), Downloaded::Images(found)) if expected.len() == found.len() => {
            let differences = expected.iter().zip(found).enumerate().filter_map(|(number, (expected, found))| {
                images(expected, found, ulp, sides).map(|problem| format!("result {number}: {problem}"))
            });
            differences.reduce(|all, one| format!("{all}; {one}"))
        }
        (Downloaded::Scalar(expected), Downloaded::Scalar(found)) => {
            (!same(*expected, *found)).then(|| format!("{expected:?} {}, {found:?} {}", sides.expected, sides.found))
        }
        (Downloaded::Table(expected), Downloaded::Table(found)) => tables(expected, found, sides),
        _ => Some("results of different kinds".into()),
    }
}

/// NaN counts as equal to NaN, +0 not to -0.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn images(expected: &HostImage, found: &HostImage, ulp: u32, sides: Sides) -> Option<String> {
    if (expected.dtype(), expected.axes(), expected.shape()) != (found.dtype(), found.axes(), found.shape()) {
        let about = |image: &HostImage| format!("{} {} {:?}", image.dtype(), image.axes().as_str(), image.shape());
        return Some(format!("{} {}, {} {}", about(expected), sides.expected, about(found), sides.found));
    }
    if expected.data().bytes() == found.data().bytes() {
        return None;
    }
    let (a, b) = (expected.data(), found.data());
    let different: Vec<usize> = (0..a.len()).filter(|&i| differs(a, b, i, ulp)).collect();
    let first = *different.first()?;
    let show = |data: &HostData| match data {
        HostData::F32(values) => format!("{:?} ({:#010x})", values[first], values[first].to_bits()),
        other => host_data!(other, values => format!("{:?}", values[first])),
    };
    let at = position(expected.shape(), first);
    Some(format!(
        "{} of {} voxels differ, the first at {at:?}: {} {}, {} {}",
        different.len(),
        a.len(),
        show(a),
        sides.expected,
        show(b),
        sides.found
    ))
}

fn differs(a: &HostData, b: &HostData, index: usize, ulp: u32) -> bool {
    match (a, b) {
        (HostData::F32(a), HostData::F32(b)) => !close(a[index], b[index], ulp),
        _ => {
            let bytes = |data: &HostData| {
                let size = data.dtype().size();
                data.bytes()[index * size..][..size].to_vec()
            };
            if ulp == 0 {
                return bytes(a) != bytes(b);
            }
            let (a, b) = (a.number(index), b.number(index));
            // What is rounded to an integer may fall on either side of a half.
            let tolerance = if ulp == 0 { 0.0 } else { 1.0 + f64::from(ulp) * step(a.abs().max(b.abs()) as f32) };
            (a - b).abs() > tolerance
        }
    }
}

fn close(a: f32, b: f32, ulp: u32) -> bool {
    if a.to_bits() == b.to_bits() || ulp == 0 {
        return a.to_bits() == b.to_bits();
    }
    if a.is_nan() || b.is_nan() {
        return a.is_nan() && b.is_nan();
    }
    if a.is_infinite() || b.is_infinite() {
        return a == b;
    }
    f64::from(a - b).abs() <= f64::from(ulp) * step(a.abs().max(b.abs()))
}

/// The distance of a number to the next in f32.
fn step(magnitude: f32) -> f64 {
    let exponent = (magnitude.to_bits() >> 23).clamp(1, 254) as i32 - 127;
    2f64.powi(exponent - 23)
}

/// The position of an element in an array, slowest axis first.
pub fn position(shape: &[usize], mut index: usize) -> Vec<usize> {
    let mut at: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&extent| {
            let here = index % extent;
            index /= extent;
            here
        })
        .collect();
    at.reverse();
    at
}

fn tables(expected: &Table, found: &Table, sides: Sides) -> Option<String> {
    let names = |table: &Table| table.columns().iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    if names(expected) != names(found) || expected.rows() != found.rows() {
        return Some(format!("{} rows {}, {} {}", expected.rows(), sides.expected, found.rows(), sides.found));
    }
    for (a, b) in expected.columns().iter().zip(found.columns()) {
        for row in 0..expected.rows() {
            let equal = match (&a.values, &b.values) {
                (ColumnValues::Integer(a), ColumnValues::Integer(b)) => a[row] == b[row],
                (ColumnValues::Float(a), ColumnValues::Float(b)) => same(a[row], b[row]),
                _ => false,
            };
            if !equal {
                let (here, there) = (a.values.get(row), b.values.get(row));
                return Some(format!(
                    "row {row}, column {}: {here:?} {}, {there:?} {}",
                    a.name, sides.expected, sides.found
                ));
            }
        }
    }
    None
}
