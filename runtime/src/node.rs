//! The nodes of an expression: images and calls of operations on them. Building them checks nothing.
//!
//! Invariant: nodes are immutable and form no cycles; what looks like a change makes a new node over the same inputs.

use std::fmt;
use std::sync::Arc;

use kernwerk_codegen::ir::{Boundary, DType};

use crate::Error;
use crate::arguments::Value;
use crate::expr::AnyExpr;
use crate::image::AnyImage;
use crate::op::OpInfo;

/// One node.
pub(crate) enum Node {
    /// An image that is there.
    Image(AnyImage),
    /// A call.
    Apply(Apply),
    /// One of the results of a call.
    Part(Part),
    /// The results of a composite that has several, where it is expanded.
    Several(Vec<AnyExpr>),
    /// Stands for a step of the evaluation that is being prepared, where a composite sees its inputs.
    Step {
        /// The step's number.
        index: usize,
        /// Which evaluation.
        evaluation: u64,
    },
    /// A mistake that is reported when the expression is evaluated.
    Failed(Error),
}

/// A call of an operation.
#[derive(Clone)]
pub(crate) struct Apply {
    pub(crate) op: &'static OpInfo,
    pub(crate) inputs: Vec<AnyExpr>,
    /// In the order of the operation's parameters.
    pub(crate) values: Vec<Option<Value>>,
    /// Given by name; later ones win.
    pub(crate) named: Vec<(String, Value)>,
    pub(crate) boundary: Option<Boundary>,
    /// The element type that the result is stored in, if not the operation's own.
    pub(crate) store: Option<DType>,
}

/// One of the results of a call that has several.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) of: AnyExpr,
    /// Which, from 0.
    pub(crate) index: usize,
    /// The element type that it is stored in, if not the operation's own.
    pub(crate) store: Option<DType>,
}

impl Drop for Apply {
    /// A chain of a million nodes must not take a million stack frames to drop.
    fn drop(&mut self) {
        let mut waiting = std::mem::take(&mut self.inputs);
        while let Some(AnyExpr(node)) = waiting.pop() {
            match Arc::into_inner(node) {
                Some(Node::Apply(mut apply)) => waiting.append(&mut apply.inputs),
                Some(Node::Part(part)) => waiting.push(part.of),
                Some(Node::Several(parts)) => waiting.extend(parts),
                _ => {}
            }
        }
    }
}

impl fmt::Debug for Node {
    /// Only the top of the graph: all of it may be large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Image(image) => image.fmt(f),
            Node::Apply(apply) => write!(f, "{}({} inputs)", apply.op.name, apply.inputs.len()),
            Node::Part(part) => write!(f, "part {} of {:?}", part.index, part.of),
            Node::Several(parts) => write!(f, "{} results", parts.len()),
            Node::Step { index, .. } => write!(f, "step {index}"),
            Node::Failed(error) => write!(f, "failed: {error}"),
        }
    }
}
