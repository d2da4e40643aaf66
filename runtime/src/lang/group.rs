//! What a grid kernel sees whose lanes share memory: its place in a group, and the arrays of the group.
//!
//! On the CPU one thread runs a group: in each phase its lanes one after the other. Invariant: where debug assertions are on, what a GPU
//! would leave to chance is a panic: an element that a lane writes while another lane reads or writes it in the same phase, and one that is
//! read before any lane of the group has written it.

use std::cell::Cell;

use super::Item;

/// Which lane of which phase is at work.
#[derive(Default)]
pub struct Watch {
    phase: Cell<u64>,
    lane: Cell<u32>,
    /// The first phase of the group.
    first: Cell<u64>,
}

/// One of the lanes of a group. Where it is says which group; what differs between the lanes is their number.
#[derive(Clone, Copy)]
pub struct Lane<'a, const LANES: usize> {
    item: Item,
    lane: usize,
    watch: &'a Watch,
}

impl<'a, const LANES: usize> Lane<'a, LANES> {
    /// The group at an item.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(item: Item, watch: &'a Watch) -> Self {
        if cfg!(debug_assertions) {
            watch.first.set(watch.phase.get() + 1);
        }
        Lane { item, lane: 0, watch }
    }

    /// All lanes have come to the next phase.
    #[doc(hidden)]
    #[inline(always)]
    pub fn begin_phase(self) {
        if cfg!(debug_assertions) {
            self.watch.phase.set(self.watch.phase.get() + 1);
        }
    }

    /// Another lane of the group.
    #[doc(hidden)]
    #[inline(always)]
    pub fn of(self, lane: usize) -> Self {
        if cfg!(debug_assertions) {
            self.watch.lane.set(lane as u32);
        }
        Lane { lane, ..self }
    }

    /// The number of the lane, below `LANES`.
    #[inline(always)]
    pub fn lane(self) -> usize {
        self.lane
    }

    /// The group's column.
    #[inline(always)]
    pub fn x(self) -> usize {
        self.item.x()
    }

    /// The group's row.
    #[inline(always)]
    pub fn y(self) -> usize {
        self.item.y()
    }

    /// The group's plane.
    #[inline(always)]
    pub fn z(self) -> usize {
        self.item.z()
    }

    /// The image of the batch.
    #[inline(always)]
    pub fn n(self) -> usize {
        self.item.n()
    }

    /// The linear index of the group over (n, z, y, x).
    #[inline(always)]
    pub fn index(self) -> usize {
        self.item.index()
    }

    /// Number of columns of groups.
    #[inline(always)]
    pub fn extent_x(self) -> usize {
        self.item.extent_x()
    }

    /// Number of rows of groups.
    #[inline(always)]
    pub fn extent_y(self) -> usize {
        self.item.extent_y()
    }

    /// Number of planes of groups.
    #[inline(always)]
    pub fn extent_z(self) -> usize {
        self.item.extent_z()
    }
}

/// Who has used an element: the phase in which it was written and in which it was read last, and the lanes.
#[derive(Clone, Copy, Default)]
struct Touched {
    written: u64,
    writer: u32,
    read: u64,
    reader: u32,
    /// Whether several lanes have read it in that phase.
    many: bool,
}

/// The memory behind a [`Shared`] array.
pub struct SharedMemory<C, const LEN: usize> {
    cells: Box<[Cell<C>; LEN]>,
    /// One for each element where debug assertions are on.
    touched: Vec<Cell<Touched>>,
}

/// An array that the lanes of a group share. What a lane writes the others read in later phases; what it holds when a group begins is undefined.
pub struct Shared<'a, C, const LEN: usize> {
    cells: &'a [Cell<C>; LEN],
    touched: &'a [Cell<Touched>],
    watch: &'a Watch,
}

impl<C, const LEN: usize> Clone for Shared<'_, C, LEN> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, const LEN: usize> Copy for Shared<'_, C, LEN> {}

impl<'a, C: Copy + Default, const LEN: usize> Shared<'a, C, LEN> {
    /// Memory for such an array.
    #[doc(hidden)]
    pub fn memory() -> SharedMemory<C, LEN> {
        let cells: Box<[Cell<C>]> = (0..LEN).map(|_| Cell::default()).collect();
        let Ok(cells) = cells.try_into() else { unreachable!("there are as many as were asked for") };
        let touched = vec![Cell::default(); if cfg!(debug_assertions) { LEN } else { 0 }];
        SharedMemory { cells, touched }
    }

    /// The array.
    #[doc(hidden)]
    pub fn new(memory: &'a SharedMemory<C, LEN>, watch: &'a Watch) -> Self {
        Shared { cells: &memory.cells, touched: &memory.touched, watch }
    }

    /// The element at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn get(self, index: usize) -> C {
        let value = self.cells[index].get();
        if cfg!(debug_assertions) {
            self.reads(index);
        }
        value
    }

    /// Replaces the element at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn store(self, index: usize, value: C) {
        self.cells[index].set(value);
        if cfg!(debug_assertions) {
            self.writes(index);
        }
    }

    fn reads(self, index: usize) {
        let (phase, lane) = (self.watch.phase.get(), self.watch.lane.get());
        let mut touched = self.touched[index].get();
        assert!(touched.written >= self.watch.first.get(), "element {index} is read, and no lane has written it");
        assert!(
            touched.written < phase || touched.writer == lane,
            "lane {lane} reads element {index}, which lane {} writes in the same phase",
            touched.writer
        );
        touched.many = touched.read == phase && (touched.many || touched.reader != lane);
        (touched.read, touched.reader) = (phase, lane);
        self.touched[index].set(touched);
    }

    fn writes(self, index: usize) {
        let (phase, lane) = (self.watch.phase.get(), self.watch.lane.get());
        let mut touched = self.touched[index].get();
        assert!(
            touched.written < phase || touched.writer == lane,
            "lanes {} and {lane} write element {index} in the same phase",
            touched.writer
        );
        assert!(
            touched.read < phase || (touched.reader == lane && !touched.many),
            "lane {lane} writes element {index}, which another lane reads in the same phase"
        );
        (touched.written, touched.writer) = (phase, lane);
        self.touched[index].set(touched);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(run: impl Fn(Lane<'_, 32>, Shared<'_, f32, 8>)) {
        let (watch, memory) = (Watch::default(), Shared::<f32, 8>::memory());
        run(Lane::new(Item::new([0; 3], 0, [1; 3]), &watch), Shared::new(&memory, &watch));
    }

    #[test]
    fn what_a_lane_stores_the_others_read_later() {
        group(|at, held| {
            at.begin_phase();
            at.of(3).lane();
            held.store(5, 2.5);
            assert_eq!(held.get(5), 2.5);
            at.begin_phase();
            for lane in 0..32 {
                assert_eq!((at.of(lane).lane(), held.get(5)), (lane, 2.5));
            }
        });
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "lane 1 reads element 5, which lane 0 writes in the same phase")]
    fn reading_what_another_writes_is_an_error() {
        group(|at, held| {
            at.begin_phase();
            at.of(0);
            held.store(5, 1.0);
            at.of(1);
            held.get(5);
        });
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "lane 2 writes element 5, which another lane reads in the same phase")]
    fn writing_what_another_reads_is_an_error() {
        group(|at, held| {
            at.begin_phase();
            at.of(0);
            held.store(5, 1.0);
            at.begin_phase();
            for lane in 0..3 {
                at.of(lane);
                held.get(5);
            }
            held.store(5, 2.0);
        });
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "element 0 is read, and no lane has written it")]
    fn what_a_group_before_has_left_is_no_value() {
        group(|at, held| {
            at.begin_phase();
            at.of(0);
            held.store(0, 1.0);
            let next = Lane::<32>::new(Item::new([0; 3], 0, [1; 3]), at.watch);
            next.begin_phase();
            held.get(0);
        });
    }
}
