//! Grid launches: rows of items in parallel, over buffers that are shared as atomic words, and counters of which each thread has its own.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use kernwerk_codegen::ir::Access;

use super::SEQUENTIAL;
use super::memory::{Held, Memory};
use super::parallel;
use crate::Result;
use crate::backend::launch::Launch;
use crate::lang::Item;
use crate::lang::cpu::GridRow;
use crate::lang::grid_row::GridBuffer;

/// Most counters that the threads of a launch have together.
const MOST_COUNTERS: usize = 1 << 24;
/// Most items of a row that are run as one.
const PIECE: usize = 1 << 12;

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&GridRow<'_>), held: &mut Held<'_>) -> Result<()> {
    let atomics = held.atomics();
    let buffer = |operand: &crate::backend::launch::Operand<'_>| {
        let memory = Memory::of(operand.memory)?;
        let words = atomics.iter().find(|(held, _)| std::ptr::eq(*held, memory)).map_or(&[][..], |(_, words)| words);
        let cells = super::memory::cells(words, operand.dtype.size());
        let written = launch.inputs.iter().zip(launch.op.ir.inputs).any(|(other, input)| {
            input.access != Access::Read && Memory::of(other.memory).is_ok_and(|other| std::ptr::eq(other, memory))
        });
        let constant = (!written).then(|| super::memory::constant(words));
        Ok(GridBuffer {
            words,
            constant,
            cells,
            dtype: operand.dtype,
            len: operand.memory.size() / operand.dtype.size(),
        })
    };
    let buffers = launch.inputs.iter().map(buffer).collect::<Result<Vec<_>>>()?;
    let extent = launch.geometry.extent;
    // Long rows in pieces, so that lists are divided among threads too. A group is as much work as several items for each of its lanes.
    let weight = launch.op.ir.group.map_or(1, |group| 8 * group.lanes as usize);
    let longest = (PIECE / weight).max(1);
    let pieces = extent[0].div_ceil(longest);
    let row = |number: usize, tallies: &[Vec<Cell<u32>>]| {
        let (n, z, y) = super::row_of(number / pieces, extent);
        let x = number % pieces * longest;
        kernel(&GridRow {
            buffers: &buffers,
            tallies,
            arguments: launch.arguments,
            pixel: launch.pixel,
            first: Item::new([x, y, z], n, extent),
            len: longest.min(extent[0] - x),
        });
    };
    let items = launch.geometry.voxels();
    let rows = items / extent[0].max(1) * pieces;
    let accesses = launch.op.ir.inputs.iter().map(|input| input.access);
    let counters: Vec<usize> =
        accesses.zip(&buffers).map(|(access, buffer)| if access == Access::Tally { buffer.len } else { 0 }).collect();
    let all: usize = counters.iter().sum();
    if let Some(most) = MOST_COUNTERS.checked_div(all) {
        // A few runs of rows, each with counters of its own.
        let threads = if items <= SEQUENTIAL { 1 } else { 4 * rayon::current_num_threads() };
        let runs = most.clamp(1, threads).min(rows.max(1));
        parallel::numbers(runs, 1, &|run| {
            let tallies: Vec<Vec<Cell<u32>>> = counters.iter().map(|&len| vec![Cell::new(0); len]).collect();
            (run * rows / runs..(run + 1) * rows / runs).for_each(|number| row(number, &tallies));
            for (tally, buffer) in tallies.iter().zip(&buffers) {
                for (counter, word) in tally.iter().zip(buffer.words) {
                    if counter.get() != 0 {
                        word.fetch_add(counter.get(), Relaxed);
                    }
                }
            }
        });
    } else if items * weight <= SEQUENTIAL / 8 {
        (0..rows).for_each(|number| row(number, &[]));
    } else {
        let least = (SEQUENTIAL / 8 / weight / extent[0].clamp(1, longest)).max(1);
        parallel::numbers(rows, least, &|number| row(number, &[]));
    }
    Ok(())
}
