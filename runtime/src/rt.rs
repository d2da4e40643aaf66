//! What the expansion of `#[gpu_op]` refers to. Not for people: no promise of stability.

pub use kernwerk_codegen::analysis::exact;
pub use kernwerk_codegen::ir::Boundary;
pub use kernwerk_codegen::{emit, ir};

pub use crate::arguments::{Arguments, Value};
pub use crate::backend::cpu::reducer::{CpuReduction, reduction};
pub use crate::buffer::GridBuffer;
pub use crate::choice::Choice;
pub use crate::concatenated;
pub use crate::context::{Context, Domain};
pub use crate::element::{Dyn, Element};
pub use crate::expr::{AnyExpr, Expr, IntoExpr, Scalar, TableExpr, apply};
pub use crate::for_pixel;
pub use crate::image::{AnyImage, Image};
pub use crate::lang::cpu::{
    BLOCK, CpuKernel, GatherBlock, GatherLaunch, GridRow, Lane, Place, PointwiseRow, ScanLaunch, Watch, WindowBlock,
    WindowRow, groups,
};
pub use crate::lang::{
    Compute, Item, Line, Number, PerAxis, Pixel, Position, Reduction, Sampler, State, Window, clamp, max, min, to_bits,
};
pub use crate::layout::{IntoLayout, Layout};
pub use crate::math;
pub use crate::op::{InputInfo, KernelOp, OpInfo, OpKind, Outcome, OutputInfo};
pub use crate::pending::Pending;
pub use crate::table::Table;
pub use crate::{Axis, DType, Error, Result};
pub use crate::{map_block_rows, map_flat_rows, map_rows};

/// Some texts, each a slice of pieces, as one `&'static str`.
#[doc(hidden)]
#[macro_export]
macro_rules! concatenated {
    ($($pieces:expr),* $(,)?) => {{
        const PIECES: &[&[&str]] = &[$($pieces),*];
        const BYTES: [u8; $crate::rt::emit::length(PIECES)] = $crate::rt::emit::joined(PIECES);
        $crate::rt::emit::utf8(&BYTES)
    }};
}

/// The family of an operation: the module that holds the operation's module.
pub const fn family(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut end = bytes.len();
    while end > 0 && bytes[end - 1] != b':' {
        end -= 1;
    }
    let end = end.saturating_sub(2);
    let mut start = end;
    while start > 0 && bytes[start - 1] != b':' {
        start -= 1;
    }
    path.split_at(end).0.split_at(start).1
}

/// The final state of a whole-image reduction as a number.
pub fn scalar<M: Reduction<C>, C: Compute>(bits: &[u32], count: f64) -> f64 {
    M::scalar(M::State::read(bits), count)
}

/// An input of a procedure in the element type that it asks for: converted by the store rules where it has another.
///
/// # Errors
/// If the conversion cannot be carried out.
pub fn typed_input<T: Pixel>(context: &Context, image: &AnyImage, operation: &str, input: &str) -> Result<Image<T>> {
    if image.dtype() == T::DTYPE {
        return image.typed();
    }
    if T::DTYPE.is_integer() && !image.dtype().is_integer() {
        return Err(Error::Type {
            operation: operation.to_owned(),
            input: input.to_owned(),
            found: image.dtype(),
            expected: T::DTYPE.to_string(),
            remedy: format!("convert it first: `convert(to={})`", T::DTYPE),
        });
    }
    context.eval(crate::operators::convert_as(image, T::DTYPE).typed::<T>())
}

/// What the function of a composite returns.
pub trait IntoGraph {
    /// The graph, or why it cannot be built.
    fn into_graph(self) -> Result<AnyExpr>;
}

impl<T: Element> IntoGraph for Expr<T> {
    fn into_graph(self) -> Result<AnyExpr> {
        Ok(self.into_any())
    }
}

impl<T: Element> IntoGraph for Result<Expr<T>> {
    fn into_graph(self) -> Result<AnyExpr> {
        self.map(Expr::into_any)
    }
}

impl IntoGraph for AnyExpr {
    fn into_graph(self) -> Result<AnyExpr> {
        Ok(self)
    }
}

macro_rules! several {
    ($($part:ident: $at:tt),+) => {
        impl<$($part: IntoExpr),+> IntoGraph for ($($part,)+) {
            fn into_graph(self) -> Result<AnyExpr> {
                Ok(AnyExpr::several(vec![$(self.$at.into_expr().into_any()),+]))
            }
        }

        impl<$($part: IntoExpr),+> IntoGraph for Result<($($part,)+)> {
            fn into_graph(self) -> Result<AnyExpr> {
                self?.into_graph()
            }
        }

        impl<$($part: IntoResult),+> IntoOutcome for ($($part,)+) {
            fn into_outcome(self) -> Pending<Outcome> {
                Pending::ready(Outcome::Images(vec![$(self.$at.into_result()),+]))
            }
        }
    };
}
several!(A: 0, B: 1);
several!(A: 0, B: 1, C: 2);
several!(A: 0, B: 1, C: 2, D: 3);

/// An image among the results of a procedure that has several.
pub trait IntoResult {
    /// The image, type-erased.
    fn into_result(self) -> AnyImage;
}

impl<T: Element> IntoResult for Image<T> {
    fn into_result(self) -> AnyImage {
        self.into_any()
    }
}

impl IntoResult for AnyImage {
    fn into_result(self) -> AnyImage {
        self
    }
}

impl IntoGraph for Scalar {
    fn into_graph(self) -> Result<AnyExpr> {
        Ok(self.into_any())
    }
}

/// What the function of a procedure returns.
pub trait IntoOutcome {
    /// The result, type-erased.
    fn into_outcome(self) -> Pending<Outcome>;
}

impl<T: Element> IntoOutcome for Image<T> {
    fn into_outcome(self) -> Pending<Outcome> {
        Pending::ready(Outcome::Image(self.into_any()))
    }
}

impl IntoOutcome for AnyImage {
    fn into_outcome(self) -> Pending<Outcome> {
        Pending::ready(Outcome::Image(self))
    }
}

impl IntoOutcome for f64 {
    fn into_outcome(self) -> Pending<Outcome> {
        Pending::ready(Outcome::Scalar(self))
    }
}

impl IntoOutcome for Table {
    fn into_outcome(self) -> Pending<Outcome> {
        Pending::ready(Outcome::Table(self))
    }
}

impl IntoOutcome for Pending<f64> {
    fn into_outcome(self) -> Pending<Outcome> {
        self.map(Outcome::Scalar)
    }
}

impl IntoOutcome for Pending<Table> {
    fn into_outcome(self) -> Pending<Outcome> {
        self.map(Outcome::Table)
    }
}
