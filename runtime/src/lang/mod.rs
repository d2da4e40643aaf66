//! The language of `#[gpu_op]` bodies: the types and functions that an operation's author writes with.
//!
//! Every body is ordinary Rust over these types, and running it is the CPU implementation. The same body becomes the
//! GPU kernels, so each type here states exactly what it computes, to the bit. Invariant: nothing in this module
//! depends on a device, and everything but [`cpu`] is meant for authors.
//!
//! | class | a body sees |
//! |---|---|
//! | pointwise | values, optionally a [`Position`] |
//! | neighborhood | a [`Window`] and the [`Neighbors`] in its shapes |
//! | neighborhood(separable) | a [`Line`] along the axis of the current pass |
//! | reduction | the monoid [`Reduction`] |
//! | grid | an [`Item`], buffers to [`Read`], [`Global`] ones to change and counters of a [`Tally`]; or a [`Lane`] of a group, which has [`Shared`] memory |

mod convert;
pub mod cpu;
mod element;
mod grid;
pub(crate) mod grid_row;
mod group;
mod line;
mod neighbors;
mod number;
pub(crate) mod order;
pub(crate) mod parts;
mod per_axis;
mod pointwise_row;
mod position;
mod reduction;
mod results;
pub(crate) mod sampler;
mod staged;
pub mod vendor;
mod window;
pub(crate) mod window_row;

pub(crate) use convert::{Raw, RawMut};
pub use element::{Compute, Pixel};
pub(crate) use grid::Cells;
pub use grid::{Atomic, Global, Item, Read, Tally, Write};
pub use group::{Lane, Shared};
pub use line::{Line, LineNeighbors};
pub use neighbors::{Neighbors, Offsets};
pub use number::Number;
pub(crate) use order::Key;
pub use order::{clamp, max, min, to_bits};
pub use parts::{Parts, Voxels};
pub use per_axis::{PerAxis, Radius};
pub use position::Position;
pub use reduction::{Lanes, Reduction, Slot, State};
pub use results::{Outputs, Results};
pub use sampler::{Sampler, Turned};
pub use window::Window;
