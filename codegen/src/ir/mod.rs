//! The intermediate representation: the one contract between parser, analyses, plans, writers and runtime.
//!
//! # What an operation is
//!
//! An [`Op`] is one annotated Rust function (or, for a reduction, one monoid) after parsing: typed, resolved and free
//! of syntax. It says *what* one output voxel is; how voxels are visited is the business of `plan`.
//!
//! # How functions are stored
//!
//! A [`Function`] keeps its expressions and statements in two flat arenas. [`ExprId`] indexes the first; a [`Block`]
//! is a contiguous run of the second, and the statements of an inner block stand before those of the block around it.
//! Everything is a `&'static` slice of plain data, so that an operation can be a `const`: the macro writes it into the
//! user's crate, and the runtime reads it back without parsing anything. Whoever builds an `Op` while a program runs
//! leaks its arenas; this happens once per distinct operation.
//!
//! Functions that operations call (`#[gpu_fn]`) are [`Helper`]s: a [`Function`] of its own with its finished text, referred to by the
//! operation and by other helpers, numbered by the list of whoever calls. They see numbers only: no voxel, no coordinate, no parameter.
//!
//! # What evaluation means
//!
//! * Expressions have no effects, are used exactly once, and are evaluated where the statement that holds them stands,
//!   operands from left to right. The order of floating-point operations is that of the tree and is never changed.
//! * Statements run in order. Only statements write: locals, elements of local arrays, buffers (class [`Class::Grid`]) and the result.
//! * Tuples do not exist: where a function has several results there are as many locals, and [`Stmt::Return`] lists its values.
//! * The index of an array's element is within the array; the parser has shown that from the text.
//! * A [`Expr::Reduce`] depends on parameters and on the window alone, never on locals. Plans may therefore compute it
//!   before everything else.
//! * A neighbour that lies outside the image is whatever the boundary mode of the *call* says; the operation cannot tell.
//!   An axis of extent 1 has no neighbours at all: windows do not extend along it.
//! * In a [`Class::Gather`] the coordinates and extents of the current voxel are those of what comes out; each source (there are up to
//!   [`MOST_SOURCES`]) has its own, and is whole: [`Expr::Sample`] may read any part of it. Along an axis where a source has extent 1
//!   coordinates do not count. A source after the first may be one image for all images of the batch.
//! * In a [`Class::Scan`] a line is a chain: what the body returns beside its output is the state of the next voxel. The order is the
//!   definition. The function `start` runs once for each line; a voxel that it reads is the value that the line has everywhere before its first
//!   voxel (that voxel itself, or the constant of the boundary), and parameters are those of the call.
//! * In an operation with a [`Group`] an item is a group of lanes. A [`Stmt::Phase`] is run by every lane; all are done with it before what
//!   follows. Outside of phases nothing depends on the lane, but that an array declared there is one for each lane.
//!
//! # Types
//!
//! [`Type::Pixel`] is the storage type of the inputs, known at run time ("computed in the storage type"); its values can
//! be compared, selected, and ordered, but not added. All other types are computed in as such; storage is converted on load
//! and store by the rules of [`DType`].

mod code;
mod dtype;
mod facts;
mod helper;
pub mod print;
mod short;
mod tokens;
mod types;

pub use code::*;
pub use dtype::{Axis, Boundary, DType};
pub use facts::{MOST_OUTPUTS, MOST_SOURCES};
pub use helper::{Helper, Reached};
#[cfg(feature = "parse")]
pub use tokens::ToConst;
pub use types::*;
