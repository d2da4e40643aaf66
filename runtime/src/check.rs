//! What a call takes and returns: the checks on inputs and values before anything runs, and the result's type and frame.
//!
//! Invariant: a launch is made only from inputs that passed [`signature`].

use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Boundary, Class, DType, Type};

use crate::arguments::{Arguments, problem};
use crate::frame::Frame;
use crate::image::AnyImage;
use crate::lang::PerAxis;
use crate::layout::Layout;
use crate::op::{OpInfo, OpKind, OutputInfo};
use crate::{Error, Result};

/// What is known about an image before it is computed.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) dtype: DType,
    pub(crate) frame: Arc<Frame>,
}

impl Meta {
    /// That of an image that is there.
    pub(crate) fn of(image: &AnyImage) -> Meta {
        Meta { dtype: image.dtype(), frame: image.frame().clone() }
    }
}

/// What a call will do with its inputs.
pub(crate) struct Signature {
    /// What `Pixel` stands for.
    pub(crate) pixel: DType,
    /// The results that are images, as far as the operation's declaration tells.
    pub(crate) outputs: Vec<Meta>,
}

/// Checks the inputs and values of a call. `stores` says in which type each result is stored, if the caller says.
///
/// # Errors
/// [`Error::Shape`], [`Error::Type`], [`Error::Parameter`] or [`Error::Unsupported`] for the first thing that does not fit.
pub(crate) fn signature(
    op: &OpInfo,
    inputs: &[Meta],
    arguments: &Arguments,
    stores: &[Option<DType>],
) -> Result<Signature> {
    input_count(op, inputs.len())?;
    let Some(first) = inputs.first() else {
        return Err(unsupported(op, "it has no inputs", "give it an image"));
    };
    for (info, input) in op.inputs.iter().zip(inputs).skip(1).filter(|(info, _)| !info.own_extents) {
        let is_same = Arc::ptr_eq(&input.frame, &first.frame) || input.frame.shape5 == first.frame.shape5;
        match is_same {
            true => {}
            false if samples_several(op) => batches_fit(op.name, (op.inputs[0].name, first), (info.name, input))?,
            false => return Err(shapes_differ(op.name, (op.inputs[0].name, first), (info.name, input))),
        }
    }
    let pixel = pixel(op, inputs)?;
    arguments.check_pixel(op.name, op.params, pixel)?;
    let types = match &op.output {
        OutputInfo::Image(ty) => std::slice::from_ref(ty),
        OutputInfo::Images(types) => types,
        OutputInfo::Scalar | OutputInfo::Table => &[],
    };
    let store = |output: usize| stores.get(output).copied().flatten();
    if let (&[], Some(store)) = (types, store(0)) {
        return Err(unsupported(
            op,
            format!("its result is no image, and is not stored as {store}"),
            "call it without an element type",
        ));
    }
    let dtypes = types.iter().enumerate().map(|(output, &ty)| stored(op, ty, pixel, store(output)));
    let dtypes = dtypes.collect::<Result<Vec<_>>>()?;
    let frame = match op.kind {
        OpKind::Kernel(kernel) => Some(match (kernel.layout, kernel.ir.output_extent) {
            (Some(layout), _) => {
                let layouts: Vec<_> = inputs.iter().map(|input| Layout::of(&input.frame)).collect();
                let layout = layout(&layouts, arguments).map_err(|error| of_operation(op, error))?;
                Arc::new(laid_out(op, layout, &first.frame)?)
            }
            (None, Some(param)) => Arc::new(resized(op, param, arguments, &first.frame)?),
            (None, None) => first.frame.clone(),
        }),
        OpKind::ReduceAxis(_, axis) => Some(Arc::new(first.frame.projected(axis))),
        _ => None,
    };
    let outputs = frame.map(|frame| dtypes.into_iter().map(|dtype| Meta { dtype, frame: frame.clone() }).collect());
    Ok(Signature { pixel, outputs: outputs.unwrap_or_default() })
}

/// The frame of a result of that layout.
fn laid_out(op: &OpInfo, layout: Layout, frame: &Frame) -> Result<Frame> {
    let missing = |axis: Axis| layout.extent[axis] != 1 && !frame.axes.as_str().contains(axis.name());
    if let Some(axis) = Axis::ALL.into_iter().find(|&axis| missing(axis)) {
        return Err(Error::Shape {
            operation: op.name.into(),
            problem: format!(
                "the result has {} voxels along {axis}, but the image has no axis {axis}",
                layout.extent[axis],
                axis = axis.name()
            ),
            remedy: "give a stack, or an operation along the axes that the image has".into(),
        });
    }
    layout.frame(frame).map_err(|error| of_operation(op, error))
}

/// What is wrong with a shape, as this operation's mistake.
fn of_operation(op: &OpInfo, error: Error) -> Error {
    match error {
        Error::Shape { problem, remedy, .. } => Error::Shape { operation: op.name.into(), problem, remedy },
        other => other,
    }
}

/// Whether the images of an operation have extents of their own.
fn samples_several(op: &OpInfo) -> bool {
    matches!(op.kind, OpKind::Kernel(kernel) if kernel.ir.class == Class::Gather)
}

/// Checks that an image which an operation samples after the first has the same batch, or is one image for all of it.
fn batches_fit(operation: &str, first: (&str, &Meta), further: (&str, &Meta)) -> Result<()> {
    let batch = |meta: &Meta| [meta.frame.shape5[0], meta.frame.shape5[1]];
    if batch(further.1) == batch(first.1) || batch(further.1) == [1, 1] {
        return Ok(());
    }
    let describe = |(name, meta): (&str, &Meta)| {
        format!("`{name}` has the shape {:?} ({})", meta.frame.shape(), meta.frame.axes.as_str())
    };
    Err(Error::Shape {
        operation: operation.into(),
        problem: format!("{}, but {}", describe(first), describe(further)),
        remedy: format!("give `{}` the same axes t and c, or one image for all of them", further.0),
    })
}

/// The frame of a result whose extents a parameter says. How large its voxels are, the operation alone knows: it has no voxel size.
fn resized(op: &OpInfo, param: u8, arguments: &Arguments, frame: &Frame) -> Result<Frame> {
    let PerAxis { x, y, z } = arguments.per_axis_u32(param.into());
    let wrong = |what: &str, remedy: &str| {
        problem(op.name, &op.params[usize::from(param)], &format!("[{z}, {y}, {x}]"), what, remedy)
    };
    if [x, y, z].contains(&0) {
        return Err(wrong("an image has voxels along every axis", "give extents of at least 1"));
    }
    let letters = frame.axes.as_str();
    if z != 1 && !letters.contains('z') {
        return Err(wrong("the image has no axis z", "give 1 for z: [1, y, x]"));
    }
    let shape: Vec<usize> = letters
        .chars()
        .zip(frame.shape())
        .map(|(letter, extent)| match letter {
            'x' => x as usize,
            'y' => y as usize,
            'z' => z as usize,
            _ => extent,
        })
        .collect();
    Frame::new(frame.axes.clone(), &shape, None).map_err(|error| match error {
        Error::Shape { problem, .. } => wrong(&problem, "give smaller extents"),
        other => other,
    })
}

/// Checks the number of inputs.
pub(crate) fn input_count(op: &OpInfo, given: usize) -> Result<()> {
    if given == op.inputs.len() {
        return Ok(());
    }
    let names: Vec<_> = op.inputs.iter().map(|input| input.name).collect();
    let problem = format!("it takes {} images ({}), but {given} are given", names.len(), names.join(", "));
    Err(unsupported(op, problem, "give one image for each"))
}

/// Checks that lines can go on before their first voxel as a boundary says, where an operation asks what is there.
pub(crate) fn boundary(op: &OpInfo, boundary: Boundary) -> Result<()> {
    let continues = matches!(op.kind, OpKind::Kernel(kernel) if kernel.ir.continues_lines());
    if !continues || matches!(boundary, Boundary::Nearest | Boundary::Constant(_)) {
        return Ok(());
    }
    Err(unsupported(
        op,
        format!("with the boundary {} a line has no single value before its first voxel", boundary.name()),
        "use the boundary nearest or constant, or enlarge the image first",
    ))
}

/// An error about two images of different shapes.
pub(crate) fn shapes_differ(operation: &str, first: (&str, &Meta), second: (&str, &Meta)) -> Error {
    let describe = |(name, meta): (&str, &Meta)| {
        format!("`{name}` has the shape {:?} ({})", meta.frame.shape(), meta.frame.axes.as_str())
    };
    Error::Shape {
        operation: operation.into(),
        problem: format!("{}, but {}", describe(first), describe(second)),
        remedy: "give images of the same shape".into(),
    }
}

/// What `Pixel` stands for: the one type of all inputs that are computed in their storage type.
fn pixel(op: &OpInfo, inputs: &[Meta]) -> Result<DType> {
    let mut pixels = op.inputs.iter().zip(inputs).filter(|(info, _)| info.ty == Type::Pixel);
    let Some((first, Meta { dtype, .. })) = pixels.next() else {
        return Ok(inputs.first().map_or(DType::F32, |input| input.dtype));
    };
    // A procedure looks at each image by itself; a kernel computes with all of them in one type.
    if matches!(op.kind, OpKind::Procedure(_)) {
        return Ok(*dtype);
    }
    match pixels.find(|(_, input)| input.dtype != *dtype) {
        None => Ok(*dtype),
        Some((info, input)) => Err(Error::Type {
            operation: op.name.into(),
            input: info.name.into(),
            found: input.dtype,
            expected: format!("{dtype}, the type of `{}`,", first.name),
            remedy: "use the operation `convert` on one of them".into(),
        }),
    }
}

fn stored(op: &OpInfo, ty: Type, pixel: DType, store: Option<DType>) -> Result<DType> {
    match (ty, store) {
        (Type::Pixel, Some(store)) if store != pixel => Err(unsupported(
            op,
            format!("its result has the type of its input, {pixel}, and is not stored as {store}"),
            "use the operation `convert` on the result",
        )),
        (Type::Pixel, _) => Ok(pixel),
        (ty, store) => store
            .or(ty.default_storage())
            .ok_or_else(|| unsupported(op, "its results cannot be stored in an image", "use another operation")),
    }
}

fn unsupported(op: &OpInfo, problem: impl Into<String>, remedy: &str) -> Error {
    Error::Unsupported { operation: op.name.into(), problem: problem.into(), remedy: remedy.into() }
}
