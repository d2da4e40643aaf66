//! Grid: the author's own kernel, one work-item per item of a three-dimensional index space; with counters that are only added to, a few
//! groups that walk all items; with lanes, one group of work-items per item.
//!
//! The floor of counting is the bytes that the items read. What counting costs beside that is one addition in shared memory per item, which
//! 32 work-items do at once if each has a copy of the counters in a bank of its own.

use super::{Argument, Items, Kernel, Role, inputs, params};
use crate::ir::{Access, Op};
use crate::reserved::kernel_name;

/// Whether a grid operation has counters that are only added to.
pub fn counts(op: &Op) -> bool {
    op.inputs.iter().any(|input| input.access == Access::Tally)
}

pub(super) fn kernel(op: &Op) -> Kernel {
    let lengths = op.inputs.iter().enumerate().filter(|(_, input)| input.access == Access::Tally);
    let lengths = lengths.map(|(number, _)| Argument::Length(number as u8));
    let arguments = inputs(op).chain(lengths).chain([Argument::Geometry]).chain(params(op)).collect();
    let (summary, items, local) = match (op.group, counts(op)) {
        (Some(group), _) => {
            ("one group of work-items per item, whose lanes share memory", Items::Groups, [group.lanes as usize, 1, 1])
        }
        (None, true) => {
            ("a few groups walk all items, and add what they have counted at the end", Items::Walk, [512, 1, 1])
        }
        (None, false) => ("one work-item per item of the index space", Items::Spatial, [64, 4, 1]),
    };
    Kernel { name: kernel_name(op.name), role: Role::Whole, summary, arguments, items, local }
}
