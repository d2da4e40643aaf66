//! Running a program through the real runtime: texts from the IR, launches by the executor, results as the interpreter gives them.
//!
//! Operations and their metadata live as long as the process (the runtime takes `'static` ones): some kilobytes for each program.

use std::cell::{Cell, RefCell};

use kernwerk_codegen::emit::{Cuda, OpenCl, text};
use kernwerk_codegen::ir::{Access, Class, Op, Type};
use kernwerk_runtime::lang::cpu::CpuKernel;
use kernwerk_runtime::{
    AnyExpr, AnyImage, Arguments, Axes, Buffer, Context, DType, Device, Domain, Error, GridBuffer, HostData, HostImage,
    InputInfo, KernelOp, LabelBox, LabelBoxes, OpInfo, OpKind, OutputInfo, apply,
};

use crate::call::{Call, Input, Reduce};
use crate::element::{Element, elements, host_data};
use crate::host;
use crate::interpret::{Outcome, Part};

/// An operation from its IR: both texts, and no native implementation.
///
/// # Errors
/// If its weights come from a function that is not known here.
pub fn operation(op: Op) -> Result<&'static KernelOp, String> {
    let weights = op.weights.iter().map(|weights| {
        host::weights_fn(weights.call, &op).ok_or_else(|| format!("the weights `{}` are not known", weights.call))
    });
    let weights = weights.collect::<Result<Vec<_>, _>>()?;
    const NONE: &str = "this operation has kernel texts only";
    let cpu = match op.class {
        Class::Neighborhood => CpuKernel::Neighborhood(|_| panic!("{NONE}")),
        Class::Separable => CpuKernel::Line(|_| panic!("{NONE}")),
        Class::Grid => CpuKernel::Grid(|_| panic!("{NONE}")),
        Class::Gather => CpuKernel::Gather(|_| panic!("{NONE}")),
        Class::Scan => CpuKernel::Scan(|_| panic!("{NONE}")),
        Class::Reduction => CpuKernel::Reduction(|_| panic!("{NONE}")),
        Class::Pointwise => CpuKernel::Pointwise(|_| panic!("{NONE}")),
    };
    Ok(Box::leak(Box::new(KernelOp {
        ir: op,
        opencl: text(&op, &OpenCl).leak(),
        cuda: text(&op, &Cuda).leak(),
        cpu,
        weights: weights.leak(),
        layout: None,
        scalar: None,
    })))
}

thread_local! {
    /// The final state of the last whole-image reduction of this thread.
    static STATE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    /// What the procedure [`WITH_CONTEXT`] does.
    static TASK: Cell<Option<Task>> = const { Cell::new(None) };
}

type Task = Box<dyn FnOnce(&Context) -> Result<(), Error>>;

/// The number of a whole-image reduction: its state is what is of interest, and is kept in [`STATE`].
fn keep_state(_: DType, bits: &[u32], _: f64) -> f64 {
    STATE.with_borrow_mut(|state| bits.clone_into(state));
    0.0
}

/// A procedure that gives a [`Context`] to this thread's [`TASK`].
static WITH_CONTEXT: OpInfo = OpInfo {
    name: "with_context",
    aliases: &[],
    family: "fuzz",
    doc: "Runs a task with a context.",
    source: "",
    inputs: &[InputInfo::new("image", Type::Pixel)],
    params: &[],
    output: OutputInfo::Image(Type::Pixel),
    kind: OpKind::Procedure(|context, inputs, _| {
        if let Some(task) = TASK.take() {
            task(context)?;
        }
        Ok(kernwerk_runtime::Pending::ready(kernwerk_runtime::Outcome::Image(inputs[0].clone())))
    }),
};

/// Runs a call of an operation on a device.
///
/// # Errors
/// Whatever the runtime reports.
pub fn run(kernel: &'static KernelOp, call: &Call, device: &Device) -> Result<Outcome, Error> {
    match kernel.ir.class {
        Class::Grid => grid(kernel, call, device),
        Class::Reduction => reduction(kernel, call, device),
        _ => {
            let outputs = kernel.ir.outputs;
            if let &[output] = outputs {
                let info = info(kernel, OutputInfo::Image(output), OpKind::Kernel(kernel));
                let image = evaluate(info, call, device)?;
                return Ok(Outcome { parts: vec![part("output 0".into(), &image.download_data()?)] });
            }
            let info = info(kernel, OutputInfo::Images(outputs), OpKind::Kernel(kernel));
            let expr = expression(info, &Call { store: None, ..call.clone() }, device)?;
            let images = match (expr.eval()?, call.store) {
                (kernwerk_runtime::Outcome::Images(images), None) => images,
                (_, store) => {
                    let stored = |part: AnyExpr| store.map_or(part.clone(), |store| part.store(store));
                    let parts = (0..outputs.len()).map(|number| stored(expr.part(number)).eval_image());
                    parts.collect::<Result<_, _>>()?
                }
            };
            let parts = images
                .iter()
                .enumerate()
                .map(|(number, image)| Ok(part(format!("output {number}"), &image.download_data()?)));
            Ok(Outcome { parts: parts.collect::<Result<_, Error>>()? })
        }
    }
}

fn info(kernel: &'static KernelOp, output: OutputInfo, kind: OpKind) -> &'static OpInfo {
    let inputs = kernel.ir.inputs.iter().map(|input| InputInfo::new(input.name, input.ty));
    Box::leak(Box::new(OpInfo {
        name: kernel.ir.name,
        aliases: &[],
        family: "fuzz",
        doc: "A generated operation.",
        source: "",
        inputs: inputs.collect::<Vec<_>>().leak(),
        params: kernel.ir.params,
        output,
        kind,
    }))
}

fn expression(info: &'static OpInfo, call: &Call, device: &Device) -> Result<AnyExpr, Error> {
    let images = call.inputs.iter().map(|input| Ok(AnyExpr::image(upload(input, call, device)?)));
    let images = images.collect::<Result<Vec<_>, Error>>()?;
    let values = call.values.iter().cloned().map(Some).collect();
    let expr = apply(info, images, values).boundary(call.boundary);
    Ok(match call.store {
        Some(store) => expr.store(store),
        None => expr,
    })
}

fn evaluate(info: &'static OpInfo, call: &Call, device: &Device) -> Result<AnyImage, Error> {
    expression(info, call, device)?.eval_image()
}

fn upload(input: &Input, call: &Call, device: &Device) -> Result<AnyImage, Error> {
    image(&host_data(input.dtype, &input.elements), &call.shape, device)
}

fn image(data: &HostData, shape: &[usize], device: &Device) -> Result<AnyImage, Error> {
    device.upload_host(&HostImage::new(Axes::new("tzyx")?, shape, data.clone())?)
}

fn part(name: String, data: &HostData) -> Part {
    Part { name, dtype: data.dtype(), elements: elements(data), canonical: true }
}

fn reduction(kernel: &'static KernelOp, call: &Call, device: &Device) -> Result<Outcome, Error> {
    let state_parts = |states: &[Vec<u32>]| {
        // Where each value begins: those of 64 bits take two slots, the lower bits first.
        let mut next = 0;
        let slots = kernel.ir.state.iter().enumerate().map(|(slot, &ty)| {
            let dtype = match ty {
                Type::Pixel => call.inputs[0].dtype.computed(),
                Type::Bool => DType::U32,
                ty => ty.default_storage().unwrap_or(DType::U32),
            };
            let first = next;
            let wide = dtype.size() == 8;
            next += if wide { 2 } else { 1 };
            let bits =
                |state: &Vec<u32>| u64::from(state[first]) | if wide { u64::from(state[first + 1]) << 32 } else { 0 };
            let elements = states.iter().map(|state| Element::from_bits(dtype, bits(state))).collect();
            Part { name: format!("state slot {slot}"), dtype, elements, canonical: false }
        });
        Outcome { parts: slots.collect() }
    };
    match &call.reduce {
        Reduce::Whole => {
            let KernelOp { ir, opencl, cuda, cpu, weights, .. } = *kernel;
            let kept: &'static KernelOp = Box::leak(Box::new(KernelOp {
                ir,
                opencl,
                cuda,
                cpu,
                weights,
                layout: None,
                scalar: Some(keep_state),
            }));
            let info = info(kept, OutputInfo::Scalar, OpKind::ReduceWhole(kept));
            expression(info, call, device)?.eval()?;
            Ok(state_parts(&[STATE.take()]))
        }
        Reduce::Project(axis) => {
            let output = OutputInfo::Image(crate::outputs(&kernel.ir)[0]);
            let info = info(kernel, output, OpKind::ReduceAxis(kernel, *axis));
            let image = evaluate(info, call, device)?;
            Ok(Outcome { parts: vec![part("output 0".into(), &image.download_data()?)] })
        }
        Reduce::Labels { labels, count } => {
            let voxels = upload(&call.inputs[0], call, device)?;
            let label_image = image(&HostData::U32(labels.clone()), &call.shape, device)?;
            let boxes = LabelBoxes { boxes: (1..=*count).map(|label| boxed(call, labels, label)).collect() };
            let states =
                with_context(device, move |context| context.reduce_labels(kernel, &label_image, &voxels, &boxes))?;
            Ok(state_parts(&states))
        }
    }
}

/// The smallest box of a label: first and last x, y, z and image of the batch.
pub(crate) fn label_box(call: &Call, labels: &[u32], label: u32) -> Option<([usize; 4], [usize; 4])> {
    let [_, planes, height, width] = call.shape;
    let mut found: Option<([usize; 4], [usize; 4])> = None;
    for (index, _) in labels.iter().enumerate().filter(|(_, here)| **here == label) {
        let at =
            [index % width, index / width % height, index / width / height % planes, index / width / height / planes];
        let (low, high) = found.get_or_insert((at, at));
        for axis in 0..4 {
            low[axis] = low[axis].min(at[axis]);
            high[axis] = high[axis].max(at[axis]);
        }
    }
    found
}

fn boxed(call: &Call, labels: &[u32], label: u32) -> LabelBox {
    match label_box(call, labels, label) {
        Some((low, high)) => LabelBox {
            label,
            min: [low[0], low[1], low[2]].map(|value| value as u32),
            max: [high[0], high[1], high[2]].map(|value| value as u32),
            batch: [low[3] as u32, high[3] as u32],
        },
        None => LabelBox { label, min: [1; 3], max: [0; 3], batch: [1, 0] },
    }
}

/// Runs something with a context of a device.
fn with_context<R: 'static>(
    device: &Device,
    task: impl FnOnce(&Context) -> Result<R, Error> + 'static,
) -> Result<R, Error> {
    let result = std::rc::Rc::new(Cell::new(None));
    let keep = result.clone();
    TASK.set(Some(Box::new(move |context| {
        keep.set(Some(task(context)?));
        Ok(())
    })));
    let any = image(&HostData::U8(vec![0]), &[1; 4], device)?;
    apply(&WITH_CONTEXT, vec![AnyExpr::image(any)], vec![]).eval()?;
    result.take().ok_or_else(|| Error::Unsupported {
        operation: "with_context".into(),
        problem: "the procedure did not run".into(),
        remedy: "report this".into(),
    })
}

/// A buffer of a grid operation.
enum GridInput {
    Image(AnyImage),
    F32(Buffer<f32>),
    I32(Buffer<i32>),
    U32(Buffer<u32>),
}

fn grid(kernel: &'static KernelOp, call: &Call, device: &Device) -> Result<Outcome, Error> {
    let [batch, z, y, x] = call.shape;
    let values = call.values.clone();
    let domain = Domain { batch, extent: [x, y, z] };
    let inputs = call.inputs.clone();
    let on = device.clone();
    with_context(device, move |context| {
        let mut buffers = Vec::new();
        for (info, input) in kernel.ir.inputs.iter().zip(&inputs) {
            let data = host_data(input.dtype, &input.elements);
            buffers.push(match (info.access, data) {
                (Access::Global, HostData::F32(values)) => GridInput::F32(context.upload_buffer(&values)?),
                (Access::Global, HostData::I32(values)) => GridInput::I32(context.upload_buffer(&values)?),
                (Access::Global | Access::Tally, HostData::U32(values)) => {
                    GridInput::U32(context.upload_buffer(&values)?)
                }
                (_, data) => GridInput::Image(image(&data, &[1, 1, 1, data.len()], &on)?),
            });
        }
        let operands: Vec<_> = buffers
            .iter()
            .map(|buffer| match buffer {
                GridInput::Image(image) => image.operand(),
                GridInput::F32(buffer) => buffer.operand(),
                GridInput::I32(buffer) => buffer.operand(),
                GridInput::U32(buffer) => buffer.operand(),
            })
            .collect();
        context.launch(kernel, domain, &operands, &Arguments::new(values))?;
        let mut parts = Vec::new();
        for (info, buffer) in kernel.ir.inputs.iter().zip(&buffers) {
            let data = match buffer {
                GridInput::Image(_) => continue,
                GridInput::F32(buffer) => HostData::F32(buffer.download()?),
                GridInput::I32(buffer) => HostData::I32(buffer.download()?),
                GridInput::U32(buffer) => HostData::U32(buffer.download()?),
            };
            parts.push(Part { canonical: false, ..part(format!("buffer {}", info.name), &data) });
        }
        Ok(Outcome { parts })
    })
}

/// The first difference between what is right and what a device gives.
pub fn difference(expected: &Outcome, found: &Outcome) -> Option<String> {
    if expected.parts.len() != found.parts.len() {
        return Some(format!("{} results instead of {}", found.parts.len(), expected.parts.len()));
    }
    for (right, here) in expected.parts.iter().zip(&found.parts) {
        if right.dtype != here.dtype || right.elements.len() != here.elements.len() {
            return Some(format!(
                "{}: {} elements of type {} instead of {} of type {}",
                right.name,
                here.elements.len(),
                here.dtype,
                right.elements.len(),
                right.dtype
            ));
        }
        let differs = |(a, b): (&Element, &Element)| match (a, b) {
            (Element::Float(a), Element::Float(b)) if right.canonical => a.to_bits() != b.to_bits(),
            _ => !a.same(*b),
        };
        let number = right.elements.iter().zip(&here.elements).filter(|&pair| differs(pair)).count();
        if let Some(first) = right.elements.iter().zip(&here.elements).position(differs) {
            return Some(format!(
                "{}: {number} of {} elements differ, element {first} is {} instead of {}",
                right.name,
                right.elements.len(),
                here.elements[first],
                right.elements[first]
            ));
        }
    }
    None
}
