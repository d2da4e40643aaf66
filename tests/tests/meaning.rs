//! What the operations mean: the cases of `fixtures/cases.json`, from SciPy, scikit-image and NumPy, on the CPU.

mod fixtures;

use kernwerk_kernels::find;
use kernwerk_runtime::{AnyExpr, Boundary, Device, HostImage, Outcome, Table, ValueMap, apply, host_data};
use kernwerk_tests::compare::position;
use serde_json::{Map, Value as Json};

use fixtures::{Case, Tolerance};

#[test]
fn every_case_has_the_reference_s_result() {
    let cases = fixtures::cases();
    assert!(cases.len() > 300, "{} cases in cases.json", cases.len());
    let device = Device::cpu();
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| check(case, &device).err().map(|problem| format!("{}: {problem}", case.id)))
        .collect();
    println!("{} of {} cases", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

type Checked = Result<(), String>;

fn check(case: &Case, device: &Device) -> Checked {
    let outcome = compute(case, device).map_err(|error| error.to_string())?;
    match case.compare.as_str() {
        "values" => match (&outcome, case.expected["kind"].as_str()) {
            (Outcome::Image(image), Some("array")) => {
                let expected = case.expected_image();
                values(&image.download_host().map_err(|error| error.to_string())?, &expected, &case.tolerance)
            }
            (Outcome::Scalar(number), Some("scalar")) => {
                let expected = fixtures::number(&case.expected["value"]);
                case.tolerance.check(*number, expected).then_some(()).ok_or(format!("{number}, expected {expected}"))
            }
            (Outcome::Table(table), Some("table")) => self::table(table, case),
            (other, kind) => Err(format!("{kind:?} is expected, got {other:?}")),
        },
        "nonzero" => {
            let (found, expected) = (fixtures::numbers(&image(&outcome)?), fixtures::numbers(&case.expected_image()));
            if found.len() != expected.len() {
                return Err(format!("{} voxels, expected {}", found.len(), expected.len()));
            }
            let different = found.iter().zip(&expected).filter(|(a, b)| (**a != 0.0) != (**b != 0.0)).count();
            within(different, found.len(), &case.tolerance)
        }
        "label_count" => {
            let largest = fixtures::numbers(&image(&outcome)?).into_iter().fold(0.0, f64::max);
            let expected = case.expected["value"].as_f64().unwrap();
            (largest == expected).then_some(()).ok_or(format!("{largest} labels, expected {expected}"))
        }
        "nearest_seed_squared_distance" => nearest_seed(case, device, &image(&outcome)?),
        other => Err(format!("cases.json says to compare `{other}`")),
    }
}

fn compute(case: &Case, device: &Device) -> kernwerk_runtime::Result<Outcome> {
    let op = find(&case.operation)?;
    let mut values = ValueMap::new(op);
    values.set_object(&ours(&case.params))?;
    let inputs = case.inputs.iter().map(|name| Ok(AnyExpr::image(device.upload_host(&fixtures::image(name))?)));
    let expr = apply(op, inputs.collect::<kernwerk_runtime::Result<_>>()?, values.finish()?);
    let expr = case.part.map_or(expr.clone(), |part| expr.part(part));
    match case.boundary {
        Some(boundary) => expr.boundary(boundary),
        None => expr,
    }
    .eval()
}

/// The values of parameters by our names; per axis `[z, y, x]` in both.
fn ours(params: &Map<String, Json>) -> Map<String, Json> {
    let value = |name: &str, value: &Json| match (name, value.as_str()) {
        ("shape", Some("diamond")) => Json::from("sphere"),
        _ => value.clone(),
    };
    params.iter().map(|(name, json)| (name.clone(), value(name, json))).collect()
}

fn image(outcome: &Outcome) -> Result<HostImage, String> {
    match outcome {
        Outcome::Image(image) => image.download_host().map_err(|error| error.to_string()),
        other => Err(format!("an image is expected, got {other:?}")),
    }
}

/// Projections keep their axis with extent 1 in the reference and drop it here: the voxels are the same.
fn values(found: &HostImage, expected: &HostImage, tolerance: &Tolerance) -> Checked {
    let extents = |image: &HostImage| image.shape().iter().copied().filter(|&extent| extent != 1).collect::<Vec<_>>();
    if extents(found) != extents(expected) || found.dtype() != expected.dtype() {
        return Err(format!(
            "{} {:?}, expected {} {:?}",
            found.dtype(),
            found.shape(),
            expected.dtype(),
            expected.shape()
        ));
    }
    let (a, b) = (fixtures::numbers(found), fixtures::numbers(expected));
    let different: Vec<usize> = (0..a.len()).filter(|&i| !tolerance.check(a[i], b[i])).collect();
    within(different.len(), a.len(), tolerance).map_err(|problem| {
        let first = different[0];
        let at = position(expected.shape(), first);
        format!("{problem}, the first at {at:?}: {}, expected {}", a[first], b[first])
    })
}

fn within(different: usize, all: usize, tolerance: &Tolerance) -> Checked {
    let allowed = tolerance.fraction.map_or(0.0, |fraction| fraction * all as f64);
    if different as f64 <= allowed { Ok(()) } else { Err(format!("{different} of {all} voxels differ")) }
}

fn table(found: &Table, case: &Case) -> Checked {
    let strings = |json: &Json| -> Vec<String> {
        json.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let exact = strings(&case.expected["exact_columns"]);
    let rows = case.expected["rows"].as_array().unwrap();
    if found.rows() != rows.len() {
        return Err(format!("{} rows, expected {}", found.rows(), rows.len()));
    }
    for (index, name) in strings(&case.expected["columns"]).iter().enumerate() {
        let column = found.column(name).ok_or_else(|| format!("there is no column `{name}`"))?;
        for (row, expected) in rows.iter().enumerate() {
            let expected = fixtures::number(&expected[index]);
            let value = column.values.get(row).unwrap();
            let fits = if exact.contains(name) { value == expected } else { case.tolerance.check(value, expected) };
            if !fits {
                return Err(format!("row {row}, {name}: {value}, expected {expected}"));
            }
        }
    }
    Ok(())
}

/// At every voxel of the mask the nearest seed with the assigned label is as far away as it should be.
fn nearest_seed(case: &Case, device: &Device, assigned: &HostImage) -> Checked {
    let error = |error: kernwerk_runtime::Error| error.to_string();
    let [seeds, mask] = [0, 1].map(|input| fixtures::image(&case.inputs[input]));
    let seeds = device.upload_host(&seeds).map_err(error)?;
    let labels =
        kernwerk_kernels::connected_components(&seeds, kernwerk_runtime::Footprint::Box).eval().map_err(error)?;
    let labels = fixtures::numbers(&labels.download_host().map_err(error)?);
    let (mask, assigned) = (fixtures::numbers(&mask), fixtures::numbers(assigned));
    let expected = case.expected_image();
    let (shape, expected) = (expected.shape().to_vec(), fixtures::numbers(&expected));
    let seeds: Vec<(f64, Vec<usize>)> = labels
        .iter()
        .enumerate()
        .filter(|(_, label)| **label != 0.0)
        .map(|(i, label)| (*label, position(&shape, i)))
        .collect();
    for i in (0..mask.len()).filter(|&i| mask[i] != 0.0) {
        let at = position(&shape, i);
        let squared = |seed: &[usize]| seed.iter().zip(&at).map(|(a, b)| a.abs_diff(*b).pow(2)).sum::<usize>() as f64;
        let nearest =
            seeds.iter().filter(|(label, _)| *label == assigned[i]).map(|(_, seed)| squared(seed)).reduce(f64::min);
        if nearest != Some(expected[i]) {
            return Err(format!("at {at:?} label {} is {nearest:?} away, expected {}", assigned[i], expected[i]));
        }
    }
    if let Some(i) = (0..mask.len()).find(|&i| mask[i] == 0.0 && assigned[i] != 0.0) {
        return Err(format!("outside the mask at {:?} there is label {}", position(&shape, i), assigned[i]));
    }
    Ok(())
}

#[test]
fn the_boundaries_of_the_cases_are_ours() {
    let boundaries: Vec<Boundary> = fixtures::cases().iter().filter_map(|case| case.boundary).collect();
    for mode in ["nearest", "reflect", "mirror", "wrap", "constant"] {
        assert!(boundaries.iter().any(|boundary| boundary.name() == mode), "no case has the boundary {mode}");
    }
    let data = fixtures::image("inputs/f32_3d.npy");
    assert_eq!(host_data!(data.data(), values => values.len()), 7 * 11 * 13);
}
