//! The arguments of a launch as the driver takes them: buffers, and bytes of scalars.
//!
//! Invariant: their order and widths are those that the plan documents on [`Argument`].

use std::ops::Range;
use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Boundary, DType};
use kernwerk_codegen::plan::{Argument, ChainArgument, Kernel, Place};

use super::super::chain::FusedLaunch;
use super::super::driver::{Allocation, KernelArgument};
use super::super::launch::{Geometry, Launch, Source};
use super::chain::param_of;
use super::incomplete;
use super::tables::Table;
use super::tuning::Choice;
use crate::arguments::Value;
use crate::lang::{PerAxis, Pixel};
use crate::{Result, for_pixel};

/// The arguments of one launch.
pub(super) struct Bound<'a> {
    bytes: Vec<u8>,
    chunk: usize,
    /// Whether the radius is a definition.
    known: bool,
    pieces: Vec<Piece<'a>>,
}

enum Piece<'a> {
    Buffer(&'a dyn Allocation),
    /// A part of `bytes`.
    Bytes(Range<usize>),
}

impl<'a> Bound<'a> {
    /// Binds the arguments of a kernel; `tables` are those of [`Tables::of`](super::tables::Tables::of).
    pub(super) fn new(
        launch: &Launch<'a>,
        kernel: &Kernel,
        choice: &Choice,
        chunk: usize,
        tables: &'a [Arc<Table>],
    ) -> Result<Bound<'a>> {
        let known = choice.reach >= 0;
        let mut bound = Bound { chunk, known, ..Bound::with_room(kernel.arguments.len()) };
        let mut tables = tables.iter();
        let made = launch.fused.is_some_and(|fused| fused.before.is_some());
        for argument in kernel.arguments.iter().filter(|&&argument| !(made && argument == Argument::Input(0))) {
            bound.push(launch, *argument, &mut tables)?;
        }
        Ok(bound)
    }

    /// Binds what a kernel has for its chains.
    pub(super) fn push_fused(
        &mut self,
        launch: &Launch<'a>,
        fused: &FusedLaunch<'a>,
        arguments: &[(Place, ChainArgument)],
    ) -> Result<()> {
        for &(place, argument) in arguments {
            let part = match place {
                Place::Before => fused.before.as_ref(),
                Place::After => fused.after.as_ref(),
            };
            let part = part.ok_or_else(|| incomplete(launch, "a chain"))?;
            match argument {
                ChainArgument::Input(input) => {
                    let memory = part.inputs.get(usize::from(input)).and_then(|input| input.memory);
                    self.buffer(memory.ok_or_else(|| incomplete(launch, "an image that a chain reads"))?);
                }
                ChainArgument::Extent(axis) => self.scalar(&(part.extent[axis.index()] as i32)),
                ChainArgument::Param { step, param } => param_of(self, &part.steps, step, param)?,
                ChainArgument::Output | ChainArgument::Voxels => return Err(incomplete(launch, "a chain of its own")),
            }
        }
        Ok(())
    }

    /// Room for so many arguments, none of them bound yet.
    pub(super) fn with_room(count: usize) -> Bound<'a> {
        Bound {
            bytes: Vec::with_capacity(80 + 12 * count),
            pieces: Vec::with_capacity(2 * count),
            chunk: 0,
            known: false,
        }
    }

    /// As the driver takes them.
    pub(super) fn arguments(&self) -> Vec<KernelArgument<'_>> {
        let argument = |piece: &Piece<'a>| match piece {
            Piece::Buffer(memory) => KernelArgument::Buffer(*memory),
            Piece::Bytes(range) => KernelArgument::Bytes(&self.bytes[range.clone()]),
        };
        self.pieces.iter().map(argument).collect()
    }

    fn push(
        &mut self,
        launch: &Launch<'a>,
        argument: Argument,
        tables: &mut impl Iterator<Item = &'a Arc<Table>>,
    ) -> Result<()> {
        let reduction = &launch.reduction;
        let missing = |what| incomplete(launch, what);
        match argument {
            Argument::Input(input) => {
                let input = launch.inputs.get(usize::from(input)).ok_or_else(|| missing("an input"))?;
                self.buffer(input.memory);
            }
            Argument::Output(output) => {
                let output = launch.outputs.get(usize::from(output)).ok_or_else(|| missing("an output"))?;
                self.buffer(output.memory);
            }
            Argument::Length(input) => {
                let input = launch.inputs.get(usize::from(input)).ok_or_else(|| missing("counters"))?;
                self.scalar(&u32::try_from(input.memory.size() / input.dtype.size()).unwrap_or(u32::MAX));
            }
            Argument::Geometry => self.scalar(&geometry(&launch.geometry)),
            Argument::Source(input) => {
                let source = launch.sources.get(usize::from(input) - 1).ok_or_else(|| missing("an image to sample"))?;
                let Source { extent, batch } = *source;
                let nowhere = Geometry { source_extent: extent, ..Geometry::whole([0; 3], batch) };
                self.scalar(&geometry(&nowhere));
            }
            Argument::Border => self.scalar(&match launch.boundary {
                Boundary::Constant(value) => value,
                _ => 0f32,
            }),
            Argument::Chords(_) => self.buffer(&*tables.next().ok_or_else(|| missing("a window"))?.memory),
            Argument::ChordExtent(window) => {
                let [_, y, z] = radius(launch, window)?;
                self.scalar(&(y as i32));
                self.scalar(&(z as i32));
            }
            Argument::LineRadius(window) => self.scalar(&(radius(launch, window)?[launch.axis.index()] as i32)),
            Argument::Weights(entry) => {
                self.buffer(&*tables.next().ok_or_else(|| missing("weights"))?.memory);
                let weights = launch.weights.get(usize::from(entry)).ok_or_else(|| missing("weights"))?;
                self.scalar(&((weights.get(launch.axis).len() / 2) as i32));
            }
            Argument::Taps(entry) | Argument::TapsY(entry) | Argument::TapsZ(entry) => {
                let weights = launch.weights.get(usize::from(entry)).ok_or_else(|| missing("weights"))?;
                let axis = match argument {
                    Argument::Taps(_) => launch.axis,
                    Argument::TapsY(_) => Axis::Y,
                    _ => Axis::Z,
                };
                let start = self.bytes.len();
                let weights = weights.get(axis);
                let known = if self.known { weights.len() } else { weights.len().min(1) };
                self.bytes.extend_from_slice(bytemuck::cast_slice(&weights[..known]));
                self.pieces.push(Piece::Bytes(start..self.bytes.len()));
            }
            Argument::Chunk => self.scalar(&(self.chunk as i32)),
            Argument::Param(param) => {
                let value = launch.arguments.values().get(usize::from(param));
                let value = value.ok_or_else(|| missing("a parameter"))?;
                self.value(launch.pixel, value).ok_or_else(|| missing("a parameter that kernels can read"))?;
            }
            Argument::Count => self.scalar(&reduction.count),
            Argument::StatesIn => {
                let (memory, number) = reduction.states_in.ok_or_else(|| missing("states to read"))?;
                self.buffer(memory);
                self.scalar(&number);
            }
            Argument::StatesOut => {
                let (memory, number) = reduction.states_out.ok_or_else(|| missing("states to write"))?;
                self.buffer(memory);
                self.scalar(&number);
            }
            Argument::GroupSize => self.scalar(&reduction.group_size),
            Argument::Labels => self.buffer(reduction.labels.ok_or_else(|| missing("labels"))?.memory),
            Argument::LabelItems => self.buffer(reduction.label_items.ok_or_else(|| missing("items"))?),
            Argument::LabelStarts => self.buffer(reduction.label_starts.ok_or_else(|| missing("starts"))?),
        }
        Ok(())
    }

    pub(super) fn buffer(&mut self, memory: &'a dyn Allocation) {
        self.pieces.push(Piece::Buffer(memory));
    }

    pub(super) fn scalar<T: bytemuck::Pod>(&mut self, value: &T) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytemuck::bytes_of(value));
        self.pieces.push(Piece::Bytes(start..self.bytes.len()));
    }

    /// The value of a parameter; `None` if no kernel can read it.
    pub(super) fn value(&mut self, pixel: DType, value: &Value) -> Option<()> {
        match value {
            Value::F32(value) => self.scalar(value),
            Value::I32(value) => self.scalar(value),
            Value::U32(value) => self.scalar(value),
            Value::Bool(value) => self.scalar(&i32::from(*value)),
            Value::Pixel(value) => for_pixel!(pixel, T => self.scalar(&<T as Pixel>::from_number(*value))),
            Value::PerAxisF32(PerAxis { x, y, z }) => [x, y, z].into_iter().for_each(|value| self.scalar(value)),
            Value::PerAxisU32(PerAxis { x, y, z }) => [x, y, z].into_iter().for_each(|value| self.scalar(value)),
            Value::Choice(_) | Value::Length(_) | Value::Text(_) => return None,
        }
        Some(())
    }
}

fn radius(launch: &Launch<'_>, window: u8) -> Result<[u32; 3]> {
    let chords = launch.windows.get(usize::from(window));
    chords.map(|chords| chords.radius).ok_or_else(|| incomplete(launch, "a window"))
}

/// The struct `kw_geometry` of the texts.
fn geometry(geometry: &Geometry) -> [i32; 20] {
    let Geometry { global, batch, origin, extent, source, source_extent } = *geometry;
    let mut words = [0; 20];
    for (row, (triple, last)) in
        [(global, batch), (origin, 0), (extent, 0), (source, 0), (source_extent, 0)].into_iter().enumerate()
    {
        for axis in Axis::ALL.map(Axis::index) {
            words[4 * row + axis] = triple[axis] as i32;
        }
        words[4 * row + 3] = last as i32;
    }
    words
}
