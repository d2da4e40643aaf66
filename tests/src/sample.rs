//! A covering sample of what an operation can be called with: types, boundaries, shapes, values, parameters.
//!
//! Shapes, values and parameters rotate with periods that have no common factor, so that a few calls see every one of each and
//! many see every pair. Types and boundaries are part of what a GPU compiles and vary less in the small sample.

use kernwerk_codegen::ir::{Boundary, DType, Param, ParamType, Type};
use kernwerk_runtime::{HostImage, Number, OpInfo, OpKind, OutputInfo, PerAxis, Value};

use crate::images::{self, Random, Values};

/// Axes and extents, slowest first.
pub const SHAPES: [(&str, &[usize]); 11] = [
    ("zyx", &[5, 7, 11]),
    ("zyx", &[1, 1, 1]),
    ("tzyx", &[2, 3, 9, 10]),
    ("zyx", &[1, 1, 7]),
    ("zyx", &[4, 33, 70]),
    ("zyx", &[1, 5, 1]),
    ("yx", &[13, 17]),
    ("zyx", &[3, 1, 1]),
    ("zyx", &[1, 3, 5001]),
    ("tcyx", &[2, 2, 6, 5]),
    ("zyx", &[70, 61, 3]),
];
const SMALL: (&str, &[usize]) = SHAPES[0];
/// What a simulator can compute: the second has rows of several work-groups, and a batch.
const TINY: [(&str, &[usize]); 2] = [("zyx", &[3, 5, 7]), ("tyx", &[2, 2, 70])];

/// All boundary modes.
pub const BOUNDARIES: [Boundary; 5] =
    [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(10.5)];

const KINDS: [Values; 4] = [Values::Random, Values::Special, Values::Sparse, Values::Labels];

/// How many element types there are.
const TYPES: usize = DType::ALL.len();

/// What is computed for each voxel's neighbours at most, summed over the image.
const MOST_WORK: usize = 40_000_000;
const MOST_TINY_WORK: usize = 20_000;

/// What the compiler of a GPU sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Element types of the inputs.
    pub dtypes: Vec<DType>,
    /// Element type of the result, if not the default.
    pub store: Option<DType>,
    /// What lies outside.
    pub boundary: Boundary,
}

/// One call.
pub struct Call {
    /// The inputs.
    pub inputs: Vec<HostImage>,
    /// The values of the parameters.
    pub values: Vec<Option<Value>>,
    /// What the images hold.
    pub kinds: Vec<Values>,
}

/// How large the sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Every operation on a few voxels: for simulators and sanitizers, which are thousands of times slower.
    Tiny,
    /// About a thousand calls.
    Small,
    /// All pairs of types, more of everything else.
    Full,
}

/// Types and boundaries with which an operation is called. `number` is its position in the catalogue.
pub fn variants(op: &OpInfo, number: usize, size: Size) -> Vec<Variant> {
    let stores = stores(op);
    let windowed = op.kind.windowed();
    let (count, number) = match (size, &op.kind) {
        (Size::Full, _) => (TYPES * TYPES, number),
        (Size::Tiny, _) => (1, number),
        // What is computed in the image's own type is other code for each type.
        (Size::Small, OpKind::Kernel(_)) if windowed => (if uses_pixel(op) { 7 } else { 4 }, number),
        // All reductions of a kind share the kernel that reads the image.
        (Size::Small, OpKind::ReduceWhole(kernel) | OpKind::ReduceAxis(kernel, _)) => (2, kernel.ir.name.len()),
        (Size::Small, OpKind::Kernel(_)) => (2, number),
        (Size::Small, _) => (3, number),
    };
    let mut variants: Vec<Variant> = Vec::new();
    for turn in 0..count {
        // (turn, turn / 11) runs over all pairs of two types.
        let (fast, slow) = (turn + number, turn / TYPES + turn + 2 * number + 1);
        let first = DType::ALL[fast % TYPES];
        let dtypes = op.inputs.iter().enumerate().map(|(index, input)| match input.ty {
            Type::U32 if !matches!(op.kind, OpKind::Kernel(_)) => DType::U32,
            // Places and displacements: other types are loaded as everywhere.
            _ if index > 0 && op.family == "warp" => DType::F32,
            Type::Pixel => first,
            _ => DType::ALL[(if index == 0 { fast } else { slow + index - 1 }) % TYPES],
        });
        let boundary = match size {
            _ if !windowed => 0,
            // These work on masks of u8, whatever they are given.
            Size::Small if op.name.starts_with("binary_") => number,
            Size::Full => turn + turn / TYPES + number,
            // So that composites need kernels that their parts have needed before.
            Size::Small => fast % TYPES,
            Size::Tiny => number,
        };
        let variant = Variant {
            dtypes: dtypes.collect(),
            store: stores.get((slow + number) % stores.len().max(1)).copied(),
            boundary: BOUNDARIES[boundary % 5],
        };
        if !variants.contains(&variant) {
            variants.push(variant);
        }
    }
    variants
}

/// Calls of one variant.
pub fn calls(op: &'static OpInfo, number: usize, turn: usize, variant: &Variant, size: Size) -> Vec<Call> {
    let count = match (size, op.kind.windowed()) {
        (Size::Tiny, _) => TINY.len(),
        // The radius is known to the compiler where an element is selected; `tests/selection.rs` has more.
        (Size::Small, true) if selects(op) => 1,
        (Size::Small, true) => 5,
        (Size::Small, false) => 4,
        (Size::Full, _) => 3,
    };
    (0..count).map(|call| one_call(op, number, turn * count + call, variant, size)).collect()
}

fn one_call(op: &'static OpInfo, number: usize, turn: usize, variant: &Variant, size: Size) -> Call {
    let mut random = Random::named(op.name, turn as u64);
    let at = if turn == 0 { 0 } else { turn + number };
    let (shapes, small, most_work) = match size {
        Size::Tiny => (&TINY[..], TINY[0], MOST_TINY_WORK),
        Size::Small | Size::Full => (&SHAPES[..], SMALL, MOST_WORK),
    };
    let (mut axes, mut shape) = shapes[if turn == 0 { 0 } else { at % shapes.len() }];
    let pixel = pixel(op, variant);
    let mut values: Vec<Option<Value>> = op
        .params
        .iter()
        .map(|param| value(op, param, turn + usize::from(param.name.ends_with('2')), at, pixel))
        .collect();
    if work(op, &values, shape) > most_work {
        (axes, shape) = small;
    }
    if work(op, &values, shape) > most_work {
        values = op.params.iter().map(|param| value(op, param, 0, at, pixel)).collect();
    }
    // Spectra have channels of real and imaginary parts.
    let parts = [&[2], shape].concat();
    if op.inputs.first().is_some_and(|input| input.name == "spectrum") && ["yx", "zyx"].contains(&axes) {
        (axes, shape) = (if axes == "yx" { "cyx" } else { "czyx" }, &parts);
    }
    let kinds: Vec<Values> = (0..op.inputs.len()).map(|index| kind(op, index, at)).collect();
    let images = variant.dtypes.iter().zip(&kinds);
    let inputs = images.enumerate().map(|(input, (&dtype, &kind))| {
        let (axes, shape) = own_shape(op, input, at).unwrap_or((axes, shape));
        images::image(dtype, axes, shape, kind, &mut random)
    });
    let inputs = inputs.collect();
    Call { inputs, values, kinds }
}

/// The shape of an image that is sampled beside the first and has extents of its own; some are larger than the first.
fn own_shape(op: &OpInfo, input: usize, at: usize) -> Option<(&'static str, &'static [usize])> {
    const SHAPES: [(&str, &[usize]); 6] = [
        ("zyx", &[3, 3, 3]),
        ("yx", &[2, 4]),
        ("zyx", &[2, 5, 1]),
        ("yx", &[1, 1]),
        ("tzyx", &[1, 1, 1, 6]),
        ("zyx", &[4, 1, 2]),
    ];
    let own = matches!(op.inputs[input].name, "kernel" | "weights" | "footprint" | "structure" | "pasted");
    (own && matches!(op.family, "convolution" | "assembly")).then(|| SHAPES[at % SHAPES.len()])
}

fn uses_pixel(op: &OpInfo) -> bool {
    op.inputs.iter().any(|input| input.ty == Type::Pixel)
}

/// What `Pixel` stands for.
fn pixel(op: &OpInfo, variant: &Variant) -> DType {
    let position = op.inputs.iter().position(|input| input.ty == Type::Pixel);
    variant.dtypes[position.unwrap_or(0)]
}

/// Element types in which the result can be stored.
fn stores(op: &OpInfo) -> Vec<DType> {
    match (&op.kind, op.output) {
        (OpKind::Procedure(_), _) | (_, OutputInfo::Scalar | OutputInfo::Table | OutputInfo::Image(Type::Pixel)) => {
            vec![]
        }
        (OpKind::Composite(_), OutputInfo::Image(ty)) if ty != Type::F32 => vec![],
        // What is computed in the type of the input is stored in it.
        (_, OutputInfo::Images(types)) if types.contains(&Type::Pixel) => vec![],
        _ => DType::ALL.to_vec(),
    }
}

fn kind(op: &OpInfo, input: usize, at: usize) -> Values {
    let info = op.inputs[input];
    let labels = info.ty == Type::U32 && (op.name != "mask_label" || !at.is_multiple_of(3));
    match info.name {
        // Labels are indices of lists: large ones would ask for gigabytes.
        name if labels && name.starts_with("labels") => {
            if at.is_multiple_of(2) {
                Values::Labels
            } else {
                Values::Sparse
            }
        }
        "seeds" | "markers" | "mask" | "mask1" | "mask2" if !at.is_multiple_of(4) => Values::Sparse,
        _ => KINDS[(at + input) % KINDS.len()],
    }
}

/// The `turn`-th value of a parameter; `None` for its default. `at` counts on where `turn` begins again.
pub fn value(op: &OpInfo, param: &Param, turn: usize, at: usize, pixel: DType) -> Option<Value> {
    if let ParamType::Choice { names } = param.ty {
        return Some(Value::Choice(at % names.len()));
    }
    let turn = turn % 5;
    // The default of a radius that no window has is for whole images.
    let large = param.name == "radius" && param.ty == ParamType::U32 && !param.per_axis;
    if turn == 0 && param.default.is_some() && !large {
        return None;
    }
    let value = match (param.ty, param.per_axis, param.name) {
        (ParamType::F32, true, "factor") => {
            let factors = [[1.0, 1.0, 1.0], [0.5, 1.3, 2.7], [2.0, 2.0, 2.0], [1.0, 0.4, 3.3], [0.25, 1.5, 1.0]];
            Value::PerAxisF32(factors[turn].into())
        }
        (ParamType::F32, true, _) => {
            let sigmas = [[1.0, 1.0, 1.0], [0.5, 1.3, 2.7], [0.0, 0.0, 0.0], [0.0, 3.3, 0.4], [12.7, 12.7, 12.7]];
            Value::PerAxisF32(sigmas[turn].into())
        }
        // Images without planes have one.
        (ParamType::U32, true, "extent") => {
            let extents = [[1, 9, 14], [3, 20, 33], [1, 1, 1], [1, 5, 40], [7, 4, 2]];
            Value::PerAxisU32(PerAxis::from(extents[turn]))
        }
        // Windows with a centre.
        (ParamType::U32, true, "block_size" | "window_size") => {
            let sizes = [[3, 3, 3], [1, 3, 5], [1, 1, 1], [5, 1, 3], [3, 9, 29]];
            Value::PerAxisU32(PerAxis::from(sizes[turn]))
        }
        // The product of both is what is looked at.
        (ParamType::U32, true, "patch_radius") => {
            let radii = [[1, 1, 1], [0, 1, 1], [0, 0, 0], [2, 0, 1], [1, 1, 2]];
            Value::PerAxisU32(PerAxis::from(radii[turn]))
        }
        (ParamType::U32, true, "search_radius") => {
            let radii = [[1, 1, 1], [0, 1, 2], [0, 0, 0], [2, 0, 1], [1, 2, 6]];
            Value::PerAxisU32(PerAxis::from(radii[turn]))
        }
        // The second and the last differ by axis; the last reaches beyond the small image.
        (ParamType::U32, true, _) => {
            let radii = [[1, 1, 1], [0, 1, 2], [0, 0, 0], [2, 0, 1], [1, 9, 14]];
            Value::PerAxisU32(PerAxis::from(radii[turn]))
        }
        (ParamType::F32, _, "min" | "low") => Value::F32([-1.0, -3.5, 0.0, -1e30, 10.0][turn]),
        (ParamType::F32, _, "max" | "high") => Value::F32([1.0, 200.25, 1e4, 1e30, 10.0][turn]),
        (ParamType::F32, _, "cutoff") => Value::F32([0.1, 0.25, 0.01, 0.5, 0.003][turn]),
        (ParamType::F32, _, "regularization") => Value::F32([0.0, 0.01, 0.1, 0.002, 0.125][turn]),
        (ParamType::F32, _, "truncate") => Value::F32([4.0, 1.0, 0.0, 2.5, 6.0][turn]),
        (ParamType::F32, _, "scale") if param.min.is_none_or(|min| min <= 0.0) => {
            Value::F32([1.0, 0.5, 0.0, 1.25, 0.8][turn])
        }
        // Low frequencies and narrow bands have wide kernels.
        (ParamType::F32, _, "frequency") => Value::F32([0.3, 0.5, 0.35, 1.0, 0.4][turn]),
        (ParamType::F32, _, "bandwidth") => Value::F32([1.0, 0.8, 2.0, 1.5, 3.0][turn]),
        (ParamType::F32, ..) if param.min.is_some_and(|min| min > 0.0) => Value::F32([1.0, 0.3, 0.7, 3.3, 5.1][turn]),
        (ParamType::F32, ..) if param.min.is_some() => Value::F32([1.0, 0.0, 0.7, 3.3, 5.1][turn]),
        (ParamType::F32, ..) => Value::F32([1.0, -2.5, 0.0, 1e30, 0.1][turn]),
        (ParamType::U32, _, "iterations") => Value::U32([2, 3, 0, 1, 5][turn]),
        (ParamType::U32, _, "upsample_factor") => Value::U32([1, 2, 10, 3, 4][turn]),
        (ParamType::U32, _, "num_bins") => Value::U32([256, 1, 7, 1000, 40_000][turn]),
        (ParamType::U32, _, "win_size") => Value::U32([7, 3, 5, 9, 4][turn]),
        (ParamType::U32, _, "classes") => Value::U32([2, 3, 4, 5, 16][turn]),
        (ParamType::U32, _, "bins") => Value::U32([100, 1, 7, 32, 1000][turn]),
        (ParamType::U32, _, "radius") => Value::U32([3, 0, 1, 2, 5][turn]),
        (ParamType::U32, _, "max_iterations") => Value::U32([1, 7, 5, 20, 2][turn]),
        (ParamType::U32, _, "maximum_size") => Value::U32([100, u32::MAX, 10, 50, 3][turn]),
        (ParamType::U32, ..) => {
            let (low, high) = (param.min.unwrap_or(0.0) as u32, param.max.map_or(u32::MAX, |high| high as u32));
            Value::U32([1, 0, 5, 20, 2][turn].clamp(low, high))
        }
        // Slices with something in them, forwards and backwards, bounds counted from both ends and past them.
        (ParamType::I32, _, name) if name.starts_with("start_") => Value::I32([0, 1, -3, -1, -1000][turn]),
        (ParamType::I32, _, name) if name.starts_with("stop_") => Value::I32([1, -1, 1000, -1000, i32::MAX][turn]),
        (ParamType::I32, _, name) if name.starts_with("step_") => Value::I32([1, 1, 2, -2, 3][turn]),
        (ParamType::I32, ..) => Value::I32([1, 0, -3, 7, -1000][turn]),
        (ParamType::Bool, ..) => Value::Bool((at / (1 + param_number(op, param))).is_multiple_of(2)),
        (ParamType::Pixel, ..) => Value::Pixel(pixel_value(pixel, turn)),
        (ParamType::Choice { .. }, ..) => unreachable!("handled above"),
    };
    Some(value)
}

fn param_number(op: &OpInfo, param: &Param) -> usize {
    op.params.iter().position(|other| other.name == param.name).unwrap_or(0)
}

fn pixel_value(pixel: DType, turn: usize) -> Number {
    let values: [f64; 5] = match pixel {
        DType::U8 => [1.0, 0.0, 255.0, 3.0, 100.0],
        DType::I8 => [1.0, -128.0, 127.0, -1.0, 100.0],
        DType::U16 => [1.0, 0.0, 65_535.0, 3.0, 1000.0],
        DType::I16 => [1.0, -32_768.0, 32_767.0, -1.0, 1000.0],
        DType::U32 => [1.0, 0.0, 4_294_967_295.0, 3.0, 16_777_217.0],
        DType::I32 => [1.0, -2_147_483_648.0, 2_147_483_647.0, -1.0, 16_777_217.0],
        DType::F32 => [1.0, f64::from(0.1f32), f64::from(f32::MIN), -0.0, f64::from(f32::from_bits(77))],
        DType::F64 => [1.0, 0.1, f64::MIN, -0.0, f64::from_bits(77)],
        DType::F16 => [1.0, f64::from(0.1f32), -65504.0, -0.0, 6e-8],
        DType::U64 => return [1, 0, u64::MAX, 3, (1 << 53) + 1][turn].into(),
        DType::I64 => return [1, i64::MIN, i64::MAX, -1, (1 << 53) + 1][turn].into(),
    };
    values[turn].into()
}

/// Whether an element of a window is selected.
fn selects(op: &OpInfo) -> bool {
    ["median", "percentile", "mode", "rank"].iter().any(|part| op.name.contains(part))
}

/// Neighbours looked at, roughly.
fn work(op: &OpInfo, values: &[Option<Value>], shape: &[usize]) -> usize {
    let window = values.iter().flatten().map(|value| match value {
        Value::PerAxisU32(r) => [r.x, r.y, r.z].iter().map(|&r| 2 * r as usize + 1).product(),
        Value::PerAxisF32(s) => [s.x, s.y, s.z].iter().map(|&s| 8 * s as usize + 1).sum(),
        _ => 1,
    });
    // What has an image of its own extents is framed and transformed.
    let transformed = op.inputs.iter().any(|input| input.own_extents);
    let rank = if selects(op) {
        32
    } else if transformed {
        4000
    } else {
        1
    };
    let window: usize = window.max().unwrap_or(1);
    // Each voxel of the window is compared with each other.
    let compared = if op.name.starts_with("entropy_") { window } else { 1 };
    window * compared * rank * shape.iter().product::<usize>()
}

/// What an operation reads.
pub trait Windowed {
    /// Whether its result depends on neighbours, and so on the boundary.
    fn windowed(&self) -> bool;
}

impl Windowed for OpKind {
    fn windowed(&self) -> bool {
        match self {
            OpKind::Kernel(kernel) => kernel.ir.has_boundary(),
            OpKind::Composite(_) => true,
            OpKind::ReduceWhole(_) | OpKind::ReduceAxis(..) | OpKind::Procedure(_) => false,
        }
    }
}
