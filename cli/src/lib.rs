//! What the `kernwerk` command is made of: image and table files, and pictures.
//!
//! The command itself (`src/main.rs`) is a thin shell over this library, so that every part can be tested without
//! starting a process.
//!
//! * [`io`]: TIFF (plain, ImageJ, OME) and `.npy` images, CSV and JSON tables, all written beside and renamed;
//! * [`view`]: pictures of images: projections, labels in colours, outlines, montages.

pub mod io;
pub mod view;
