//! A row of items that a grid kernel runs for.

use std::cell::Cell;
use std::sync::atomic::AtomicU32;

use kernwerk_codegen::ir::DType;

use super::grid::{Cells, Own};
use super::{Atomic, Compute, Global, Item, Read, Tally, Write};
use crate::arguments::Arguments;
use crate::backend::cpu::simd::{Task, Vectors};

/// A buffer that a grid kernel is given.
pub(crate) struct GridBuffer<'a> {
    pub(crate) words: &'a [AtomicU32],
    /// The same memory, if nothing writes to it.
    pub(crate) constant: Option<&'a [u8]>,
    /// The same memory by elements.
    pub(crate) cells: Cells<'a>,
    pub(crate) dtype: DType,
    pub(crate) len: usize,
}

/// A row of items: all x at one (n, z, y).
pub struct GridRow<'a> {
    pub(crate) buffers: &'a [GridBuffer<'a>],
    /// The counters of this thread, by number of the input; empty for what is no tally.
    pub(crate) tallies: &'a [Vec<Cell<u32>>],
    pub(crate) arguments: &'a Arguments,
    pub(crate) pixel: DType,
    /// The first item.
    pub(crate) first: Item,
    /// Number of items.
    pub(crate) len: usize,
}

impl<'a> GridRow<'a> {
    /// What `Pixel` stands for.
    pub fn pixel(&self) -> DType {
        self.pixel
    }

    /// The values of the parameters.
    pub fn arguments(&self) -> &'a Arguments {
        self.arguments
    }

    /// The input of that number as a buffer to read.
    pub fn read<C: Compute>(&self, input: usize) -> Read<'a, C> {
        let GridBuffer { words, constant, dtype, len, .. } = self.buffers[input];
        Read::new(words, constant, dtype, len)
    }

    /// The input of that number as a buffer to write.
    pub fn write<C: Compute>(&self, input: usize) -> Write<'a, C> {
        let GridBuffer { cells, dtype, len, .. } = self.buffers[input];
        Write::new(cells, dtype, len)
    }

    /// The input of that number as a buffer to change. Its elements are 32 bits wide.
    pub fn global<C: Atomic>(&self, input: usize) -> Global<'a, C> {
        let GridBuffer { words, len, .. } = self.buffers[input];
        Global::new(&words[..len])
    }

    /// The input of that number as counters.
    pub fn tally(&self, input: usize) -> Tally<'a> {
        Tally::new(&self.tallies[input])
    }

    /// The index of the first item.
    pub fn first_index(&self) -> usize {
        self.first.index
    }

    /// The elements of a buffer at the indices of the row's items.
    ///
    /// # Panics
    /// If it has not so many.
    pub fn own<C: Compute>(&self, buffer: Read<'a, C>) -> Own<'a, C> {
        buffer.run(self.first.index, self.len)
    }

    /// Runs the kernel for each item of the row.
    #[inline(always)]
    pub fn run_with<V: Vectors>(&self, _: V, body: impl Fn(Item)) {
        V::run(Items { first: self.first, len: self.len, body });
    }
}

/// The items of a row. A copy of its own, so that nothing that the body writes can be taken to change it.
struct Items<F> {
    first: Item,
    len: usize,
    body: F,
}

impl<F: Fn(Item)> Task for Items<F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Items { first, len, body } = self;
        let [x, y, z] = first.at;
        for step in 0..len {
            body(Item { at: [x + step, y, z], n: first.n, extent: first.extent, index: first.index + step });
        }
    }
}
