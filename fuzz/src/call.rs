//! What a program is run on: images or buffers, values of parameters, boundary and types; random ones.
//!
//! Invariant: a random call fits its operation, so that a refusal by the runtime is a finding.

use kernwerk_codegen::ir::{Access, Class, Op, Param, ParamType, Radius, Type};
use kernwerk_runtime::{Axis, Boundary, DType, Number, PerAxis, Value};

use crate::element::{Element, limits, store_f32};
use crate::generate::Extent;
use crate::random::Random;

/// One way to run a program.
#[derive(Clone, Debug)]
pub struct Call {
    /// Batch, z, y, x: of the images, or of the index space of a grid operation.
    pub shape: [usize; 4],
    /// The images or buffers.
    pub inputs: Vec<Input>,
    /// The values of the parameters.
    pub values: Vec<Value>,
    /// What lies outside the images.
    pub boundary: Boundary,
    /// The element type of the result, where it is not the usual one.
    pub store: Option<DType>,
    /// What is asked of a reduction.
    pub reduce: Reduce,
}

/// An image or buffer.
#[derive(Clone, Debug)]
pub struct Input {
    /// The element type.
    pub dtype: DType,
    /// The elements, x fastest.
    pub elements: Vec<Element>,
}

/// What is asked of a reduction.
#[derive(Clone, Debug, PartialEq)]
pub enum Reduce {
    /// The final state of the whole image.
    Whole,
    /// A projection.
    Project(Axis),
    /// The state of each label 1 to `count` of a label image with the shape of the image.
    Labels {
        /// The labels.
        labels: Vec<u32>,
        /// How many there are.
        count: u32,
    },
}

impl Call {
    /// Voxels or items.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Extents along x, y, z.
    pub fn spatial(&self) -> [usize; 3] {
        [self.shape[3], self.shape[2], self.shape[1]]
    }
}

/// A random call. `extents` are those of a grid operation's buffers; a call `like` another one needs the same compiled program.
pub fn random_call(op: &Op, extents: &[Extent], like: Option<&Call>, random: &mut Random) -> Call {
    let shape = shape(op, random);
    let voxels: usize = shape.iter().product();
    let pixel = match (op.inputs.iter().position(|input| input.ty == Type::Pixel), like) {
        (Some(input), Some(like)) => like.inputs[input].dtype,
        _ => *random.pick(&DType::ALL),
    };
    let kind = random.below(KINDS);
    let inputs = op.inputs.iter().enumerate().map(|(number, input)| {
        let dtype = match (input.access, input.ty) {
            _ if like.is_some() => like.map_or(pixel, |like| like.inputs[number].dtype),
            (Access::Global | Access::Tally, ty) => ty.default_storage().unwrap_or(DType::U32),
            (_, Type::Pixel) => pixel,
            _ => *random.pick(&DType::ALL),
        };
        let len = match extents.get(number) {
            Some(Extent::Items(factor)) => voxels * factor,
            Some(Extent::Fixed(len)) => *len,
            None => voxels,
        };
        let kind = if random.percent(70) { kind } else { random.below(KINDS) };
        Input { dtype, elements: (0..len).map(|_| element(dtype, kind, random)).collect() }
    });
    let inputs: Vec<Input> = inputs.collect();
    let radius = |window: &kernwerk_codegen::ir::Window| match window.radius {
        Radius::Param { param } => Some(param),
        Radius::Fixed { .. } => None,
    };
    let radii: Vec<u8> = op.windows.iter().filter_map(radius).collect();
    let values = op.params.iter().enumerate().map(|(number, param)| {
        if op.output_extent == Some(number as u8) {
            let mut axis = || random.between(1, 9) as u32;
            return Value::PerAxisU32(PerAxis { x: axis(), y: axis(), z: axis() });
        }
        let is_radius = radii.contains(&(number as u8)) || !op.weights.is_empty() && param.per_axis;
        value(param, is_radius, pixel, random)
    });
    let values = values.collect();
    let outside = *random.pick(&[0.0, -0.0, 1.5, -3.0, 300.5, f32::NAN, 1e30, f32::INFINITY, 1e-41]);
    let modes = [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(outside)];
    let boundary = match like.map(|like| like.boundary) {
        Some(Boundary::Constant(_)) => Boundary::Constant(outside),
        Some(mode) => mode,
        // What a line begins with is told by these alone.
        None if op.continues_lines() => *random.pick(&[Boundary::Nearest, Boundary::Constant(outside)]),
        None => *random.pick(&modes),
    };
    let fixed = matches!(op.class, Class::Grid) || crate::outputs(op).contains(&Type::Pixel);
    let store = match like {
        Some(like) => like.store,
        None if fixed || random.percent(50) => None,
        None => Some(*random.pick(&DType::ALL)),
    };
    let reduce = reduce(op, &shape, like, random);
    let store = store.filter(|_| op.class != Class::Reduction || matches!(reduce, Reduce::Project(_)));
    Call { shape, inputs, values, boundary, store, reduce }
}

/// Small shapes with axes of extent 1, primes, and batches; now and then a long row, which a reduction cuts into chunks.
fn shape(op: &Op, random: &mut Random) -> [usize; 4] {
    if op.class == Class::Reduction && random.percent(15) {
        return [1, 1, *random.pick(&[1, 2]), *random.pick(&[4095, 4096, 4097, 4130, 8200])];
    }
    if op.class == Class::Reduction && random.percent(15) {
        return [1, *random.pick(&[1, 65, 70]), *random.pick(&[63, 64, 65, 130]), *random.pick(&[1, 2, 3])];
    }
    let extents = [1, 1, 2, 3, 4, 5, 7, 11, 13];
    let rows = [1, 2, 3, 5, 8, 17, 31, 33];
    loop {
        let batch = *random.pick(&[1, 1, 1, 2, 3]);
        let shape = [batch, *random.pick(&extents), *random.pick(&extents), *random.pick(&rows)];
        if shape.iter().product::<usize>() <= 700 {
            return shape;
        }
    }
}

/// Ways to fill an image.
const KINDS: usize = 5;

/// An element: of small whole numbers, of edge cases, of a uniform distribution, of random bits.
fn element(dtype: DType, kind: usize, random: &mut Random) -> Element {
    match dtype {
        DType::F32 => return Element::Float(float(kind, random)),
        DType::F16 => return store_f32(float(kind, random), dtype),
        DType::F64 => {
            let value = f64::from(float(kind, random));
            // Some have bits that an f32 does not hold.
            let more = if value.is_finite() { random.between(0, 1 << 28) as f64 * f64::EPSILON } else { 0.0 };
            return Element::Double(value * (1.0 + more));
        }
        _ => {}
    }
    let (low, high) = limits(dtype);
    // Random numbers have 64 bits.
    let (least, most) = (low.max(i64::MIN.into()) as i64, high.min(i64::MAX.into()) as i64);
    let edges = [low, low + 1, -1, 0, 1, 2, 127, 128, 255, 256, 32_767, 16_777_217, high - 1, high];
    let value = match kind {
        0 => random.between(0, 4).into(),
        1 => *random.pick(&edges),
        2 => random.between(-20, 200).into(),
        _ => i128::from(random.between(least, most)) + if high > i64::MAX.into() { high / 3 } else { 0 },
    };
    Element::Int(value.max(low).min(high))
}

/// An f32 of one of the kinds below.
pub fn float(kind: usize, random: &mut Random) -> f32 {
    const EDGES: [f32; 24] = [
        f32::NAN,
        0.0,
        -0.0,
        1e-45,
        -1e-45,
        1e-40,
        f32::MIN_POSITIVE,
        f32::MAX,
        f32::MIN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        0.5,
        1.5,
        2.5,
        -0.5,
        254.5,
        255.5,
        -128.5,
        32_767.5,
        16_777_216.0,
        2_147_483_600.0,
        2_147_483_648.0,
        4_294_967_300.0,
        -2_147_483_648.0,
    ];
    match kind {
        0 => random.between(-3, 9) as f32,
        1 => *random.pick(&EDGES),
        2 => (random.between(-1_000_000, 1_000_000) as f32) / 1024.0,
        3 => random.between(-1_000, 70_000) as f32 + 0.5,
        // NaNs of the input are the one NaN: which bits others have in a computation is not part of the semantics.
        _ => {
            let value = f32::from_bits(random.bits() as u32);
            if value.is_nan() { f32::NAN } else { value }
        }
    }
}

fn value(param: &Param, is_radius: bool, pixel: DType, random: &mut Random) -> Value {
    let finite = |random: &mut Random| loop {
        let kind = random.below(KINDS);
        let value = float(kind, random);
        if value.is_finite() {
            return value;
        }
    };
    match (param.ty, param.per_axis) {
        (ParamType::F32, true) if is_radius => {
            let mut axis = || random.between(-20, 20) as f32 / 8.0;
            Value::PerAxisF32(PerAxis { x: axis(), y: axis(), z: axis() })
        }
        (ParamType::F32, true) => {
            Value::PerAxisF32(PerAxis { x: finite(random), y: finite(random), z: finite(random) })
        }
        (_, true) => {
            let most = if is_radius { 3 } else { i64::from(u32::MAX) };
            let limit = param.max.map_or(most, |largest| largest as i64);
            let mut axis = || random.between(0, limit) as u32;
            Value::PerAxisU32(PerAxis { x: axis(), y: axis(), z: axis() })
        }
        (ParamType::F32, _) => Value::F32(finite(random)),
        (ParamType::I32, _) => {
            let value = element(DType::I32, random.clone().below(KINDS), random);
            Value::I32(if let Element::Int(value) = value { value as i32 } else { 0 })
        }
        (ParamType::U32, _) => {
            let value = element(DType::U32, random.clone().below(KINDS), random);
            Value::U32(if let Element::Int(value) = value { value as u32 } else { 0 })
        }
        (ParamType::Bool, _) => Value::Bool(random.percent(50)),
        (ParamType::Choice { names }, _) => Value::Choice(random.below(names.len().max(1))),
        (ParamType::Pixel, _) => match element(pixel, random.clone().below(3), random) {
            Element::Int(value) => Value::Pixel(Number::Whole(value)),
            Element::Float(value) => Value::Pixel(if value.is_finite() { value } else { 7.25 }.into()),
            Element::Double(value) => Value::Pixel(if value.is_finite() { value } else { 7.25 }.into()),
        },
    }
}

fn reduce(op: &Op, shape: &[usize; 4], like: Option<&Call>, random: &mut Random) -> Reduce {
    if op.class != Class::Reduction {
        return Reduce::Whole;
    }
    let kind = match like.map(|like| &like.reduce) {
        None => random.below(6),
        Some(Reduce::Whole) => 0,
        Some(Reduce::Project(axis)) => 2 + axis.index(),
        Some(Reduce::Labels { .. }) => 5,
    };
    match kind {
        0 | 1 => Reduce::Whole,
        2 => Reduce::Project(Axis::X),
        3 => Reduce::Project(Axis::Y),
        4 => Reduce::Project(Axis::Z),
        _ => {
            let count = random.between(1, 5) as u32;
            let label = |_| random.between(0, i64::from(count)) as u32;
            Reduce::Labels { labels: (0..shape.iter().product()).map(label).collect(), count }
        }
    }
}
