//! What follows from an operation's class and outputs alone.

use super::{Class, Op, Type};

/// Most images that one operation computes at a time.
pub const MOST_OUTPUTS: usize = 4;

impl Op {
    /// What is computed per voxel, where that is one value; the first of several. `Unit` for [`Class::Grid`].
    pub const fn output(&self) -> Type {
        match self.outputs {
            [first, ..] => *first,
            [] => Type::Unit,
        }
    }
}

impl Class {
    /// Whether the result depends on what lies outside the image.
    pub const fn has_boundary(self) -> bool {
        matches!(self, Class::Neighborhood | Class::Separable | Class::Gather)
    }
}
