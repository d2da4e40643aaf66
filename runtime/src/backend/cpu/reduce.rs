//! Reduction launches: which chunks, columns and items there are, and where their states go. Units run in parallel; the
//! order within each is the reducer's.

use kernwerk_codegen::ir::Axis;
use kernwerk_codegen::plan::{REDUCTION_CHUNK, Role};

use super::memory::Held;
use super::reducer::{BLOCKS, COLUMNS, CpuReduction, States, StatesOut, TOGETHER};
use super::{SEQUENTIAL, incomplete, parallel, row_of, voxel};
use crate::backend::driver::Allocation;
use crate::backend::launch::{Geometry, Launch};
use crate::lang::{Position, Raw, RawMut};
use crate::{Error, Result};

pub(super) fn run(launch: &Launch<'_>, monoid: &dyn CpuReduction) -> Result<()> {
    let operands = &launch.reduction;
    let output = launch.outputs.first().map(|output| output.memory).or(operands.states_out.map(|(memory, _)| memory));
    let Some(output) = output else { return Err(incomplete(launch, "something to write to")) };
    let images = launch.inputs.iter().map(|input| input.memory);
    let others = [operands.states_in.map(|(memory, _)| memory), operands.labels.map(|labels| labels.memory)];
    let lists = [operands.label_items, operands.label_starts];
    let inputs: Vec<_> = images.chain(others.into_iter().chain(lists).flatten()).collect();
    let mut held = Held::lock(&inputs, &[output])?;
    let (read, write) = held.split();
    let needs = |what| incomplete(launch, what);
    let words = |memory: Option<&dyn Allocation>, what| -> Result<&[u32]> {
        let bytes = read.bytes(memory.ok_or_else(|| needs(what))?)?;
        Ok(bytemuck::cast_slice(&bytes[..bytes.len() / 4 * 4]))
    };
    let states_in = || -> Result<States<'_>> {
        let (memory, number) = operands.states_in.ok_or_else(|| needs("states"))?;
        Ok(States { values: words(Some(memory), "states")?, number: number as usize })
    };
    let image = || -> Result<Raw<'_>> {
        let operand = launch.inputs.first().ok_or_else(|| needs("an image"))?;
        Ok(Raw { dtype: operand.dtype, bytes: read.bytes(operand.memory)? })
    };
    let states_out = || operands.states_out.map(|(_, number)| number as usize).ok_or_else(|| needs("room for states"));
    let values_out = |bytes| {
        let operand = launch.outputs.first().ok_or_else(|| needs("an output"))?;
        Ok::<_, Error>(RawMut { dtype: operand.dtype, bytes })
    };
    let bytes = write.only();

    match launch.role {
        Role::ReduceRows => {
            let image = image()?;
            write_states(launch, monoid, states_out()?, ROWS, bytes, |first, states| {
                monoid.chunks(&|chunk| row_chunk(launch, image, first + chunk), states);
            });
        }
        Role::ReduceRowValues => row_values(launch, monoid, image()?, values_out(bytes)?),
        Role::ReduceStates => {
            let states = states_in()?;
            write_states(launch, monoid, states_out()?, 1, bytes, |state, out| {
                let first = state * REDUCTION_CHUNK;
                monoid.merge_chunk(states, first, REDUCTION_CHUNK.min(states.number.saturating_sub(first)), out);
            });
        }
        Role::ReduceFinish => {
            let (states, group) = (states_in()?, operands.group_size.max(1) as usize);
            let RawMut { dtype, bytes } = values_out(bytes)?;
            let bytes = &mut bytes[..states.number / group * dtype.size()];
            parallel::chunks(bytes, COLUMNS * dtype.size(), 1, &|number, bytes| {
                monoid.finish(states, number * COLUMNS, group, operands.count, RawMut { dtype, bytes });
            });
        }
        Role::ReduceAxis => columns(launch, monoid, image()?, values_out(bytes)?)?,
        Role::ReduceLabels => {
            let image = image()?;
            let labels = operands.labels.ok_or_else(|| needs("labels"))?;
            let labels = Raw { dtype: labels.dtype, bytes: read.bytes(labels.memory)? };
            let items = words(operands.label_items, "items")?;
            write_states(launch, monoid, states_out()?, 1, bytes, |item, state| {
                label_item(launch, monoid, [labels, image], &items[6 * item..][..6], state);
            });
        }
        Role::ReduceLabelPlanes => {
            let (states, starts) = (states_in()?, words(operands.label_starts, "starts of labels")?);
            write_states(launch, monoid, states_out()?, 1, bytes, |label, state| {
                monoid.merge_all(states, starts[label] as usize..starts[label + 1] as usize, state);
            });
        }
        _ => return Err(incomplete(launch, "a role of reductions")),
    }
    Ok(())
}

/// Chunks of rows that a thread takes at a time, at most.
const ROWS: usize = 32 * TOGETHER;

/// States that a thread takes at a time, at most, where each is computed by itself.
const ALONE: usize = 8;

/// Computes states in parallel, up to `together` in one call, and writes them slot-major.
fn write_states(
    launch: &Launch<'_>,
    monoid: &dyn CpuReduction,
    number: usize,
    together: usize,
    out: &mut [u8],
    states: impl Fn(usize, StatesOut<'_, '_>) + Sync,
) {
    if number == 0 {
        return;
    }
    // Units enough for threads that come late, of whole groups.
    let share = number.div_ceil(8 * rayon::current_num_threads());
    let size = if together > 1 { share.next_multiple_of(TOGETHER).min(together) } else { share.min(ALONE) };
    let out: &mut [u32] = bytemuck::cast_slice_mut(&mut out[..4 * monoid.slots() * number]);
    let mut units: Vec<_> = (0..number).step_by(size).map(|first| (first, Vec::new())).collect();
    for slot in out.chunks_exact_mut(number) {
        for ((_, slots), part) in units.iter_mut().zip(slot.chunks_mut(size)) {
            slots.push(part);
        }
    }
    let unit = |(first, mut out): (usize, Vec<&mut [u32]>)| {
        if together > 1 {
            return states(first, &mut out);
        }
        let len = out.first().map_or(0, |slot| slot.len());
        for state in 0..len {
            let mut one: Vec<_> = out.iter_mut().map(|slot| &mut slot[state..=state]).collect();
            states(first + state, &mut one);
        }
    };
    parallel::units(units, number == 1 || launch.geometry.voxels() <= SEQUENTIAL, &unit);
}

fn whole_image(geometry: &Geometry) -> [i32; 3] {
    geometry.global.map(|extent| extent as i32)
}

/// The voxels of a chunk, and where the first of them is.
fn row_chunk<'a>(launch: &Launch<'_>, image: Raw<'a>, chunk: usize) -> (Raw<'a>, Position) {
    let Geometry { origin, extent, .. } = launch.geometry;
    let chunks = extent[0].div_ceil(REDUCTION_CHUNK);
    let (n, z, y) = row_of(chunk / chunks, extent);
    let x = chunk % chunks * REDUCTION_CHUNK;
    let at = [origin[0] + x, origin[1] + y, origin[2] + z];
    let voxels = image.slice(voxel(&launch.geometry, n, at), REDUCTION_CHUNK.min(extent[0] - x));
    (voxels, Position::new(at.map(|at| at as i32), whole_image(&launch.geometry)))
}

/// Rows of one chunk each.
fn row_values(launch: &Launch<'_>, monoid: &dyn CpuReduction, image: Raw<'_>, out: RawMut<'_>) {
    let RawMut { dtype, bytes } = out;
    let rows = launch.geometry.voxels() / launch.geometry.extent[0];
    let bytes = &mut bytes[..rows * dtype.size()];
    parallel::chunks(bytes, ROWS * dtype.size(), 1, &|number, bytes| {
        let chunk = |row: usize| row_chunk(launch, image, number * ROWS + row);
        monoid.row_values(&chunk, launch.reduction.count, RawMut { dtype, bytes });
    });
}

/// Projects along y or z. Output voxels lie in the order of the axes that remain.
fn columns(launch: &Launch<'_>, monoid: &dyn CpuReduction, image: Raw<'_>, out: RawMut<'_>) -> Result<()> {
    let Geometry { origin, extent, batch, .. } = launch.geometry;
    let (axis, other) = match launch.axis {
        Axis::Y => (1, 2),
        Axis::Z => (2, 1),
        Axis::X => return Err(incomplete(launch, "the axis y or z")),
    };
    let size = out.dtype.size();
    let bytes = &mut out.bytes[..batch * extent[other] * extent[0] * size];
    // A unit is some blocks of columns; a block lies within a row of the output.
    let blocks: Vec<_> = (0..batch * extent[other])
        .flat_map(|row| (0..extent[0]).step_by(COLUMNS).map(move |x| (row, x, COLUMNS.min(extent[0] - x))))
        .collect();
    // Along z, blocks that follow each other lie behind each other in each plane too.
    let together = if axis == 2 { BLOCKS.min(blocks.len() / (4 * rayon::current_num_threads())).max(1) } else { 1 };
    let mut rest = bytes;
    let mut units: Vec<(&[_], Vec<RawMut<'_>>)> = Vec::new();
    for blocks in blocks.chunks(together) {
        let part = |&(_, _, len): &(usize, usize, usize)| {
            let (part, others) = std::mem::take(&mut rest).split_at_mut(len * size);
            rest = others;
            RawMut { dtype: out.dtype, bytes: part }
        };
        units.push((blocks, blocks.iter().map(part).collect()));
    }
    let unit = |(blocks, mut out): (&[(usize, usize, usize)], Vec<RawMut<'_>>)| {
        let block = |along: usize, number: usize| {
            let (row, x, len) = blocks[number];
            let mut at = [origin[0] + x, 0, 0];
            at[axis] = along;
            at[other] = origin[other] + row % extent[other];
            let position = Position::new(at.map(|at| at as i32), whole_image(&launch.geometry));
            (image.slice(voxel(&launch.geometry, row / extent[other], at), len), position.in_projection(launch.axis))
        };
        let along = origin[axis]..origin[axis] + extent[axis];
        monoid.columns(along, &block, launch.reduction.count, &mut out);
    };
    parallel::units(units, launch.geometry.voxels() <= SEQUENTIAL, &unit);
    Ok(())
}

/// One label in one plane; `item` is label, batch·extent_z + z, min x, min y, max x, max y.
fn label_item(
    launch: &Launch<'_>,
    monoid: &dyn CpuReduction,
    images: [Raw<'_>; 2],
    item: &[u32],
    out: StatesOut<'_, '_>,
) {
    let [label, plane, min_x, min_y, max_x, max_y] = std::array::from_fn(|i| item[i]);
    let Geometry { origin, extent, .. } = launch.geometry;
    let (n, z) = (plane as usize / extent[2], plane as usize % extent[2] + origin[2]);
    let len = (max_x + 1).saturating_sub(min_x) as usize;
    let mut rows = (min_y as usize..=max_y as usize).map(|y| {
        let at = [min_x as usize, y, z];
        let [labels, voxels] = images.map(|image| image.slice(voxel(&launch.geometry, n, at), len));
        (labels, voxels, Position::new(at.map(|at| at as i32), whole_image(&launch.geometry)))
    });
    monoid.label(label, &mut rows, out);
}
