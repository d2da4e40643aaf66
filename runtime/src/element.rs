//! The element types of images, as Rust types.

use kernwerk_codegen::ir::DType;

use crate::lang::Pixel;

/// The type of the elements of an image: a [`Pixel`] type, or [`Dyn`] where it is known at run time only.
pub trait Element: Send + Sync + 'static {
    /// The storage type; `None` for [`Dyn`].
    const STORED: Option<DType>;
}

/// "Some element type": what images and expressions have whose type is known only when they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dyn(());

impl Element for Dyn {
    const STORED: Option<DType> = None;
}

impl<T: Pixel> Element for T {
    const STORED: Option<DType> = Some(T::DTYPE);
}
