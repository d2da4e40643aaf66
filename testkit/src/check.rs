//! One operation on all backends, over shapes, element types, boundaries, values and parameters.
//!
//! Invariant: nothing is skipped silently: what did not run is in the report, and a check that computes nothing fails.

use std::sync::OnceLock;

use half::f16;
use kernwerk_codegen::ir::{Boundary, Class, DType, Type};
use kernwerk_runtime::{
    AnyExpr, Arguments, Axes, Device, Error, HostData, HostImage, OpInfo, OpKind, OutputInfo, Result, Value, ValueMap,
    apply,
};
use ndarray::ArrayD;
use serde_json::Value as Json;

use crate::backends::{self, Found};
use crate::call::{Call, Voxel};
use crate::compare::{Downloaded, Sides, difference, difference_between};
use crate::images::{self, Random, Values};
use crate::report::{BackendReport, Report};

/// A check of one operation; see [`check`].
#[must_use = "a check does nothing until it is `run`"]
pub struct Check<'a> {
    op: &'static OpInfo,
    shapes: Vec<Vec<usize>>,
    dtypes: Vec<DType>,
    input_dtypes: Vec<(usize, DType)>,
    input_shapes: Vec<(usize, Vec<usize>)>,
    stores: Vec<Option<DType>>,
    boundaries: Vec<Boundary>,
    values: Option<Vec<Values>>,
    params: Vec<String>,
    thorough: bool,
    within: u32,
    backends_within: u32,
    reference: Option<Reference<'a>>,
}

/// What the plain Rust function gives.
enum Reference<'a> {
    Voxel(PerVoxel<'a, f64>),
    Voxels(PerVoxel<'a, Vec<f64>>),
    Image(PerCall<'a, ArrayD<f32>>),
    Number(PerCall<'a, f64>),
}

type PerVoxel<'a, R> = Box<dyn Fn(&Call, Voxel) -> R + 'a>;
type PerCall<'a, R> = Box<dyn Fn(&Call) -> R + 'a>;

/// Odd extents, axes of extent 1, an image smaller than most windows, rows of several work-groups, a batch.
const SHAPES: [&[usize]; 7] = [&[5, 7, 11], &[13, 17], &[1, 1, 1], &[1, 3, 70], &[3, 1, 5], &[2, 2, 1], &[2, 3, 4, 5]];

/// A check of an operation, with a sample that suits most: seven small shapes; images of u8, i16 and f32; every boundary mode where
/// the operation looks at neighbours (see [`thorough`](Check::thorough)); the parameters' defaults; ordinary values, and special ones (NaN, infinities, the
/// limits of types), for which only backends are compared with each other.
///
/// [`run`](Check::run) runs it.
pub fn check<'a>(op: &'static OpInfo) -> Check<'a> {
    let windowed = match &op.kind {
        OpKind::Kernel(kernel) => !matches!(kernel.ir.class, Class::Pointwise | Class::Reduction | Class::Grid),
        OpKind::Composite(_) | OpKind::Procedure(_) => true,
        OpKind::ReduceWhole(_) | OpKind::ReduceAxis(..) => false,
    };
    let boundaries = match windowed {
        true => &[Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(10.5)][..],
        false => &[Boundary::Nearest],
    };
    Check {
        op,
        shapes: SHAPES.iter().map(|shape| shape.to_vec()).collect(),
        dtypes: vec![DType::U8, DType::I16, DType::F32],
        input_dtypes: Vec::new(),
        input_shapes: Vec::new(),
        stores: vec![None],
        boundaries: boundaries.to_vec(),
        values: None,
        params: Vec::new(),
        thorough: false,
        within: 0,
        backends_within: 0,
        reference: None,
    }
}

impl<'a> Check<'a> {
    /// Shapes of the inputs, with 2 to 5 extents each, slowest axis first: `[[5, 7, 11], [1, 1, 9]]`.
    pub fn shapes<S: AsRef<[usize]>>(mut self, shapes: impl IntoIterator<Item = S>) -> Self {
        self.shapes = shapes.into_iter().map(|shape| shape.as_ref().to_vec()).collect();
        self
    }

    /// Element types of the inputs.
    pub fn dtypes(mut self, dtypes: impl IntoIterator<Item = DType>) -> Self {
        self.dtypes = dtypes.into_iter().collect();
        self
    }

    /// An element type for one of the inputs, whatever the others have: `.input(1, DType::U32)` for labels.
    pub fn input(mut self, index: usize, dtype: DType) -> Self {
        self.input_dtypes.push((index, dtype));
        self
    }

    /// A shape for one of the inputs, whatever the others have: `.input_shape(1, &[3, 3])` for a kernel.
    pub fn input_shape(mut self, index: usize, shape: &[usize]) -> Self {
        self.input_shapes.push((index, shape.to_vec()));
        self
    }

    /// Element types in which the result is stored, instead of its own alone.
    pub fn stores(mut self, dtypes: impl IntoIterator<Item = DType>) -> Self {
        self.stores = dtypes.into_iter().map(Some).collect();
        self
    }

    /// What lies outside the inputs.
    pub fn boundaries(mut self, boundaries: impl IntoIterator<Item = Boundary>) -> Self {
        self.boundaries = boundaries.into_iter().collect();
        self
    }

    /// What the inputs hold. The plain function is then asked about all of it, also about NaN.
    pub fn values(mut self, values: impl IntoIterator<Item = Values>) -> Self {
        self.values = Some(values.into_iter().collect());
        self
    }

    /// Sets of parameters, each as a JSON object, as the command line's `--params` takes them: `[r#"{"radius": [0, 2, 1]}"#]`.
    /// A parameter that is not named has its default.
    pub fn params<S: AsRef<str>>(mut self, params: impl IntoIterator<Item = S>) -> Self {
        self.params = params.into_iter().map(|set| set.as_ref().to_owned()).collect();
        self
    }

    /// Every element type with every boundary and every stored type. A GPU's driver compiles a program for each; without this,
    /// each of them occurs, but not each with each.
    pub fn thorough(mut self) -> Self {
        self.thorough = true;
        self
    }

    /// How many units in the last place the plain function may differ. Without this, it has to give the same bits.
    pub fn within(mut self, ulp: u32) -> Self {
        self.within = ulp;
        self
    }

    /// The plain function has to give the same bits: the default.
    pub fn exact(self) -> Self {
        self.within(0)
    }

    /// How many units in the last place devices may differ from the CPU, for operations that use a machine's own functions.
    /// Without this, they have to give the same bits.
    pub fn backends_within(mut self, ulp: u32) -> Self {
        self.backends_within = ulp;
        self
    }

    /// The plain Rust function: the result at a voxel. It is stored as the operation's result is: rounded half to even and
    /// saturated where that is an integer.
    pub fn against<N: Into<f64>>(mut self, reference: impl Fn(&Call, Voxel) -> N + 'a) -> Self {
        self.reference = Some(Reference::Voxel(Box::new(move |call, at| reference(call, at).into())));
        self
    }

    /// The plain Rust function of an operation with several results: all of them at a voxel.
    pub fn against_each(mut self, reference: impl Fn(&Call, Voxel) -> Vec<f64> + 'a) -> Self {
        self.reference = Some(Reference::Voxels(Box::new(reference)));
        self
    }

    /// The plain Rust function: the whole result, for operations whose results have other extents, or depend on each other.
    pub fn against_image(mut self, reference: impl Fn(&Call) -> ArrayD<f32> + 'a) -> Self {
        self.reference = Some(Reference::Image(Box::new(reference)));
        self
    }

    /// The plain Rust function of an operation whose result is a number. It may differ by [`within`](Self::within) ulp of f32.
    pub fn against_number<N: Into<f64>>(mut self, reference: impl Fn(&Call) -> N + 'a) -> Self {
        self.reference = Some(Reference::Number(Box::new(move |call| reference(call).into())));
        self
    }

    /// Runs the check and prints what ran and what did not.
    ///
    /// # Panics
    /// If anything differs, if nothing was computed, or if `KERNWERK_REQUIRE` names a backend that is absent.
    pub fn run(self) {
        let report = self.report();
        println!("{report}");
        assert!(report.passed(), "{}: the check failed:\n{report}", report.operation);
    }

    /// Runs the check and tells how it went.
    pub fn report(self) -> Report {
        let found = found();
        let mut report = Report {
            operation: self.op.name.into(),
            absent: found.absent.clone(),
            lacks_required: backends::lacks_required(&found.absent),
            ..Report::default()
        };
        let of = |present: &backends::Present| BackendReport {
            label: present.label.clone(),
            compared: 0,
            differences: Vec::new(),
        };
        report.backends = found.present.iter().map(of).collect();
        let arguments = match self.arguments() {
            Ok(arguments) => arguments,
            Err(error) => {
                report.differences.push(error.to_string());
                return report;
            }
        };
        let kinds: &[Values] = match &self.values {
            Some(values) => values,
            None => &[Values::Random, Values::Special],
        };
        for arguments in &arguments {
            for (number, shape) in self.shapes.iter().enumerate() {
                for &(dtype, store, boundary) in &self.programs() {
                    for &kind in kinds {
                        let referred = self.values.is_some() || kind != Values::Special;
                        self.one(
                            &Case { number, shape, dtype, store, boundary, kind, arguments, referred },
                            found,
                            &mut report,
                        );
                    }
                }
            }
        }
        report
    }

    /// Element types, stored types and boundaries: what a GPU's driver compiles for.
    fn programs(&self) -> Vec<(DType, Option<DType>, Boundary)> {
        let (dtypes, stores, boundaries) = (&self.dtypes, &self.stores, &self.boundaries);
        if dtypes.is_empty() || stores.is_empty() || boundaries.is_empty() {
            return Vec::new();
        }
        if !self.thorough {
            let most = dtypes.len().max(stores.len()).max(boundaries.len());
            let turn =
                |k: usize| (dtypes[k % dtypes.len()], stores[k % stores.len()], boundaries[k % boundaries.len()]);
            return (0..most).map(turn).collect();
        }
        let pairs = dtypes.iter().flat_map(|&dtype| stores.iter().map(move |&store| (dtype, store)));
        pairs.flat_map(|(dtype, store)| boundaries.iter().map(move |&boundary| (dtype, store, boundary))).collect()
    }

    /// The sets of parameters, checked and completed with defaults.
    fn arguments(&self) -> Result<Vec<Arguments>> {
        let defaults = ["{}".to_owned()];
        let sets = if self.params.is_empty() { &defaults[..] } else { &self.params };
        let bind = |set: &String| {
            let mut values = ValueMap::new(self.op);
            let object = match serde_json::from_str(set) {
                Ok(Json::Object(object)) => object,
                _ => return Err(unusable(self.op, format!("`{set}` is no JSON object"))),
            };
            values.set_object(&object)?;
            Arguments::bind(self.op, &values.finish()?, &[])
        };
        sets.iter().map(bind).collect()
    }

    fn one(&self, case: &Case<'_>, found: &Found, report: &mut Report) {
        let call = match self.call(case) {
            Ok(call) => call,
            Err(error) => return report.differences.push(error.to_string()),
        };
        let about = || {
            let store = case.store.map(|store| format!(" -> {store}")).unwrap_or_default();
            format!("{}{store} {:?}", call.describe(), case.kind)
        };
        let on_cpu = match self.compute(&Device::cpu(), &call, case) {
            Ok(result) => result,
            Err(error) => return report.differences.push(format!("{}: {error}", about())),
        };
        report.calls += 1;
        if let Some(reference) = self.reference.as_ref().filter(|_| case.referred) {
            report.referred += 1;
            let sides = Sides { expected: "by the plain Rust function", found: "on the CPU" };
            let problem = match expected(reference, &call, &on_cpu, self.op) {
                Ok(expected) => match (&expected, &on_cpu) {
                    (Downloaded::Scalar(a), Downloaded::Scalar(b)) if self.within > 0 => {
                        number_differs(*a, *b, self.within)
                    }
                    _ => difference_between(&expected, &on_cpu, self.within, sides),
                },
                Err(problem) => Some(problem),
            };
            report.differences.extend(problem.map(|problem| format!("{}: {problem}", about())));
        }
        for (present, outcome) in found.present.iter().zip(&mut report.backends) {
            outcome.compared += 1;
            let problem = match self.compute(&present.device, &call, case) {
                Ok(result) => difference(&on_cpu, &result, self.backends_within),
                Err(error) => Some(error.to_string()),
            };
            outcome.differences.extend(problem.map(|problem| format!("{}: {problem}", about())));
        }
    }

    fn call(&self, case: &Case<'_>) -> Result<Call> {
        let mut random = Random::named(self.op.name, case.number as u64);
        let inputs = self.op.inputs.iter().enumerate().map(|(index, info)| {
            let own = self.input_shapes.iter().find(|(input, _)| *input == index).map(|(_, shape)| &shape[..]);
            let shape = own.unwrap_or(case.shape);
            let Some(axes) = Axes::default_for(shape.len()) else {
                return Err(unusable(self.op, format!("the shape {shape:?} has not 2 to 5 axes")));
            };
            let asked = self.input_dtypes.iter().find(|(input, _)| *input == index).map(|(_, dtype)| *dtype);
            // Images that are taken as they are need the same type, or their own.
            let dtype = match info.ty {
                Type::U32 | Type::I32 if !matches!(self.op.kind, OpKind::Kernel(_)) => info.ty.default_storage(),
                _ => None,
            };
            let dtype = asked.or(dtype).unwrap_or(case.dtype);
            Ok(images::image(dtype, axes.as_str(), shape, case.kind, &mut random))
        });
        let inputs = inputs.collect::<Result<_>>()?;
        Ok(Call::new(self.op, inputs, case.boundary, case.arguments.clone()))
    }

    fn compute(&self, device: &Device, call: &Call, case: &Case<'_>) -> Result<Downloaded> {
        let upload = |image: &HostImage| Ok(AnyExpr::image(device.upload_host(image)?));
        let inputs = call.inputs().iter().map(upload).collect::<Result<_>>()?;
        let values: Vec<Option<Value>> = case.arguments.values().iter().cloned().map(Some).collect();
        let expr = apply(self.op, inputs, values).boundary(case.boundary);
        let expr = match case.store {
            Some(dtype) => expr.store(dtype),
            None => expr,
        };
        Downloaded::of(&expr.eval()?)
    }
}

/// One combination.
struct Case<'a> {
    number: usize,
    shape: &'a [usize],
    dtype: DType,
    store: Option<DType>,
    boundary: Boundary,
    kind: Values,
    arguments: &'a Arguments,
    /// Whether the plain function is asked.
    referred: bool,
}

/// The devices of this machine, opened once.
fn found() -> &'static Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    FOUND.get_or_init(backends::gpus)
}

/// What the plain function says, in the form of the result.
fn expected(
    reference: &Reference<'_>,
    call: &Call,
    result: &Downloaded,
    op: &OpInfo,
) -> std::result::Result<Downloaded, String> {
    let shaped = |image: &HostImage, values: &mut dyn Iterator<Item = f64>| {
        let data = stored(image.dtype(), values);
        HostImage::new(image.axes().clone(), image.shape(), data).map_err(|error| error.to_string())
    };
    match (reference, result) {
        (Reference::Voxel(function), Downloaded::Image(image)) => {
            shaped(image, &mut Voxel::all(image.shape5()).map(|at| function(call, at))).map(Downloaded::Image)
        }
        (Reference::Voxels(function), Downloaded::Images(results)) => {
            let shape = results.first().map_or([0; 5], HostImage::shape5);
            let all: Vec<Vec<f64>> = Voxel::all(shape).map(|at| function(call, at)).collect();
            if let Some(wrong) = all.iter().find(|values| values.len() != results.len()) {
                return Err(format!("the plain function gives {} results, not {}", wrong.len(), results.len()));
            }
            let image =
                |(index, image): (usize, &HostImage)| shaped(image, &mut all.iter().map(|values| values[index]));
            results.iter().enumerate().map(image).collect::<std::result::Result<_, _>>().map(Downloaded::Images)
        }
        (Reference::Image(function), Downloaded::Image(image)) => {
            let array = function(call);
            if array.shape() != image.shape() {
                return Err(format!("the plain function gives the shape {:?}, not {:?}", array.shape(), image.shape()));
            }
            shaped(image, &mut array.iter().map(|&value| f64::from(value))).map(Downloaded::Image)
        }
        (Reference::Number(function), Downloaded::Scalar(_)) => Ok(Downloaded::Scalar(function(call))),
        _ => {
            let wanted = match op.output {
                OutputInfo::Image(_) => "`against` or `against_image`",
                OutputInfo::Images(_) => "`against_each`",
                OutputInfo::Scalar => "`against_number`",
                OutputInfo::Table => "no plain function: tables are compared between backends only",
            };
            Err(format!("the plain function does not fit the result; use {wanted}"))
        }
    }
}

/// Numbers as they are stored: f32 as they are, with one NaN; integers rounded half to even and saturated, 0 for NaN.
fn stored(dtype: DType, values: &mut dyn Iterator<Item = f64>) -> HostData {
    let canonical = |value: f64| if value.is_nan() { f32::from_bits(0x7fc0_0000) } else { value as f32 };
    match dtype {
        DType::U8 => HostData::U8(values.map(|value| value.round_ties_even() as u8).collect()),
        DType::I8 => HostData::I8(values.map(|value| value.round_ties_even() as i8).collect()),
        DType::U16 => HostData::U16(values.map(|value| value.round_ties_even() as u16).collect()),
        DType::I16 => HostData::I16(values.map(|value| value.round_ties_even() as i16).collect()),
        DType::U32 => HostData::U32(values.map(|value| value.round_ties_even() as u32).collect()),
        DType::I32 => HostData::I32(values.map(|value| value.round_ties_even() as i32).collect()),
        DType::F32 => HostData::F32(values.map(canonical).collect()),
        DType::U64 => HostData::U64(values.map(|value| value.round_ties_even() as u64).collect()),
        DType::I64 => HostData::I64(values.map(|value| value.round_ties_even() as i64).collect()),
        DType::F64 => HostData::F64(values.map(|value| if value.is_nan() { f64::NAN } else { value }).collect()),
        DType::F16 => HostData::F16(values.map(|value| f16::from_f32(canonical(value))).collect()),
    }
}

fn number_differs(expected: f64, found: f64, ulp: u32) -> Option<String> {
    let step = f64::from(f32::EPSILON) * expected.abs().max(found.abs()).max(f64::from(f32::MIN_POSITIVE));
    let close = (expected - found).abs() <= f64::from(ulp) * step || expected == found;
    let both_nan = expected.is_nan() && found.is_nan();
    (!close && !both_nan).then(|| format!("{expected:?} by the plain Rust function, {found:?} on the CPU"))
}

fn unusable(op: &OpInfo, problem: String) -> Error {
    Error::Unsupported { operation: op.name.into(), problem, remedy: "correct the check".into() }
}
