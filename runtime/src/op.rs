//! Operations as data: what the macro exports, what the command line and the documentation read, what the executor runs.
//!
//! Invariant: an [`OpInfo`] is a `const` made by `#[gpu_op]`; nothing in it is computed when a program starts.

use kernwerk_codegen::ir::{self, Axis, Boundary, DType, Param};

use crate::arguments::Arguments;
use crate::context::Context;
use crate::expr::AnyExpr;
use crate::image::AnyImage;
use crate::lang::PerAxis;
use crate::lang::cpu::CpuKernel;
use crate::layout::Layout;
use crate::pending::Pending;
use crate::table::Table;
use crate::{Error, Result};

/// One operation with everything that is known about it.
pub struct OpInfo {
    /// Its name, the Rust function's.
    pub name: &'static str,
    /// Other names under which it is found (clEsperanto's).
    pub aliases: &'static [&'static str],
    /// The family it is listed in, e.g. `filter`.
    pub family: &'static str,
    /// Its documentation (Markdown); the first line is the summary.
    pub doc: &'static str,
    /// The operation as its author wrote it, in Rust.
    pub source: &'static str,
    /// Its image inputs.
    pub inputs: &'static [InputInfo],
    /// Its parameters.
    pub params: &'static [Param],
    /// What it returns.
    pub output: OutputInfo,
    /// How it is computed.
    pub kind: OpKind,
}

/// An image input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputInfo {
    /// Its name.
    pub name: &'static str,
    /// What its elements are computed as; `Pixel`: in the storage type, whatever it is.
    pub ty: ir::Type,
    /// Whether it may have other extents than the first input; the operation says which.
    pub own_extents: bool,
}

impl InputInfo {
    /// Makes it of its parts; its extents are those of the first input.
    pub const fn new(name: &'static str, ty: ir::Type) -> InputInfo {
        InputInfo { name, ty, own_extents: false }
    }

    /// The same, of any extents.
    #[must_use]
    pub const fn with_own_extents(self) -> InputInfo {
        InputInfo { own_extents: true, ..self }
    }
}

/// What an operation returns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutputInfo {
    /// An image with elements of this type (`Pixel`: the type of the first `Pixel` input).
    Image(ir::Type),
    /// Several images, which one call computes: in one launch, if it is a kernel.
    Images(&'static [ir::Type]),
    /// One number.
    Scalar,
    /// A table.
    Table,
}

/// How an operation is computed.
pub enum OpKind {
    /// A kernel of class pointwise, neighborhood, separable or grid.
    Kernel(&'static KernelOp),
    /// A reduction of the whole image to one number.
    ReduceWhole(&'static KernelOp),
    /// A projection along an axis.
    ReduceAxis(&'static KernelOp, Axis),
    /// A graph of other operations, built from the inputs, the arguments and the boundary without looking at any voxel.
    Composite(fn(&[AnyExpr], &Arguments, Boundary) -> Result<AnyExpr>),
    /// Steps that look at intermediate results on the host.
    Procedure(fn(&Context, &[AnyImage], &Arguments) -> Result<Pending<Outcome>>),
}

/// A host function that computes the weights of a line for each axis.
pub type WeightsFn = fn(&Arguments) -> PerAxis<Vec<f32>>;

/// A host function that computes the layout of a result from those of the sources.
pub type LayoutFn = fn(&[Layout], &Arguments) -> Result<Layout>;

/// Turns what `Pixel` stands for, the slots of a final state and the number of voxels into a number.
pub type ScalarFn = fn(DType, &[u32], f64) -> f64;

/// A compiled operation.
pub struct KernelOp {
    /// The intermediate representation.
    pub ir: ir::Op,
    /// The OpenCL C text of the default plan.
    pub opencl: &'static str,
    /// The CUDA C text of the default plan.
    pub cuda: &'static str,
    /// The native implementation.
    pub cpu: CpuKernel,
    /// The host functions that compute weights, in the order of `ir.weights`.
    pub weights: &'static [WeightsFn],
    /// For gather operations whose result has another layout than the source: the host function that computes it.
    pub layout: Option<LayoutFn>,
    /// For reductions: the final state of a whole-image reduction as a number; `fn(state bits, count)`.
    pub scalar: Option<ScalarFn>,
}

/// The result of an operation.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An image on its device.
    Image(AnyImage),
    /// Several images on their device.
    Images(Vec<AnyImage>),
    /// A number.
    Scalar(f64),
    /// A table.
    Table(Table),
}

impl OpInfo {
    /// The first sentence of the documentation, on one line and without its full stop.
    pub fn summary(&self) -> String {
        let paragraph = self.doc.trim_start().split("\n\n").next().unwrap_or("");
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = line.split(". ").next().unwrap_or("");
        sentence.trim_end_matches('.').to_owned()
    }

    /// The position of a parameter.
    ///
    /// # Errors
    /// If there is none of that name, with the names that there are.
    pub fn param_index(&self, name: &str) -> Result<usize> {
        self.params.iter().position(|param| param.name == name).ok_or_else(|| {
            let names: Vec<_> = self.params.iter().map(|param| param.name).collect();
            Error::UnknownParameter {
                operation: self.name.into(),
                parameter: name.into(),
                remedy: if let Some(near) = names.iter().find(|known| strsim::damerau_levenshtein(known, name) <= 2) {
                    format!("did you mean `{near}`?")
                } else if names.is_empty() {
                    "it takes no parameters".into()
                } else {
                    format!("it takes: {}", names.join(", "))
                },
            }
        })
    }
}
