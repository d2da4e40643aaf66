//! Devices, images, lazy expressions and the executor.

// The expansion of `#[gpu_op]` says `::kernwerk`, also here.
extern crate self as kernwerk;

pub mod arguments;
pub mod backend;
mod buffer;
mod check;
mod choice;
mod constant;
pub mod context;
pub mod device;
mod element;
mod error;
mod executor;
mod explain;
pub mod expr;
mod frame;
mod fused;
mod fusion;
mod host;
pub mod image;
mod label_boxes;
pub mod lang;
mod layout;
mod length;
pub mod math;
mod names;
mod node;
pub mod op;
pub mod operators;
mod parse_value;
mod pending;
mod pool;
mod reduce;
mod resolve;
#[doc(hidden)]
pub mod rt;
mod small_cache;
pub mod table;
#[doc(hidden)]
pub mod wide_conversion;
mod windows;

pub use arguments::{Arguments, Value};
pub use buffer::{Buffer, BufferElement, GridBuffer, GridOperand};
pub use choice::{Choice, Footprint};
pub use constant::Constant;
pub use context::{Context, Domain};
pub use device::{Device, ListedDevice, Listing, MissingBackend};
pub use element::{Dyn, Element};
pub use error::{Error, Result};
pub use explain::Work;
pub use expr::{AnyExpr, Expr, IntoExpr, Scalar, TableExpr, apply};
pub use host::{Axes, HostData, HostImage, VoxelSize};
pub use image::{AnyImage, Image};
pub use kernwerk_codegen::ir::{Axis, Boundary, DType};
pub use label_boxes::{LabelBox, LabelBoxes};
pub use lang::{Number, PerAxis, Pixel};
pub use layout::Layout;
pub use length::Length;
pub use names::PeerName;
pub use op::{InputInfo, KernelOp, OpInfo, OpKind, Outcome, OutputInfo};
pub use parse_value::ValueMap;
pub use pending::Pending;
pub use pool::PoolStatistics;
pub use table::{Column, ColumnValues, Table};
