//! What follows from an operation's class, outputs and starts.

use super::{Class, Expr, Op, Type};

/// Most images that one operation computes at a time.
pub const MOST_OUTPUTS: usize = 4;

/// How many images a gather operation samples at most.
pub const MOST_SOURCES: usize = 4;

impl Op {
    /// What is computed per voxel, where that is one value; the first of several. `Unit` for [`Class::Grid`].
    pub const fn output(&self) -> Type {
        match self.outputs {
            [first, ..] => *first,
            [] => Type::Unit,
        }
    }

    /// Whether the result depends on what lies outside the image.
    pub fn has_boundary(&self) -> bool {
        self.class.has_boundary() || self.continues_lines()
    }

    /// Whether a scan reads what lies before its lines: the start of a state names an image. A line then has one value everywhere before its
    /// first voxel, which only [`Boundary::Nearest`](super::Boundary::Nearest) and [`Boundary::Constant`](super::Boundary::Constant) give.
    pub fn continues_lines(&self) -> bool {
        let starts = self.functions.get(1).filter(|_| self.class == Class::Scan);
        starts.is_some_and(|start| start.exprs.iter().any(|typed| matches!(typed.expr, Expr::Voxel { .. })))
    }
}

impl Class {
    /// Whether the result of every operation of the class depends on what lies outside the image.
    pub const fn has_boundary(self) -> bool {
        matches!(self, Class::Neighborhood | Class::Separable | Class::Gather)
    }
}
