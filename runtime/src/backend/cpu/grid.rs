//! Grid launches: rows of items in parallel, over buffers that are shared as atomic words.

use rayon::prelude::*;

use super::SEQUENTIAL;
use super::memory::{Held, Memory};
use crate::Result;
use crate::backend::launch::Launch;
use crate::lang::Item;
use crate::lang::cpu::GridRow;
use crate::lang::grid_row::GridBuffer;

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&GridRow<'_>), held: &mut Held<'_>) -> Result<()> {
    let atomics = held.atomics();
    let buffer = |operand: &crate::backend::launch::Operand<'_>| {
        let memory = Memory::of(operand.memory)?;
        let words = atomics.iter().find(|(held, _)| std::ptr::eq(*held, memory)).map_or(&[][..], |(_, words)| words);
        Ok(GridBuffer { words, dtype: operand.dtype, len: operand.memory.size() / operand.dtype.size() })
    };
    let buffers = launch.inputs.iter().map(buffer).collect::<Result<Vec<_>>>()?;
    let extent = launch.geometry.extent;
    let row = |number: usize| {
        let (n, z, y) = super::row_of(number, extent);
        kernel(&GridRow {
            buffers: &buffers,
            arguments: launch.arguments,
            pixel: launch.pixel,
            first: Item::new([0, y, z], n, extent),
            len: extent[0],
        });
    };
    let items = launch.geometry.voxels();
    let rows = items / extent[0].max(1);
    if items <= SEQUENTIAL / 8 {
        (0..rows).for_each(row);
    } else {
        (0..rows).into_par_iter().with_min_len((SEQUENTIAL / 8 / extent[0]).max(1)).for_each(row);
    }
    Ok(())
}
