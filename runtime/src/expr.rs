//! Lazy expressions: calls of operations on images that run when they are evaluated.
//!
//! Invariant: building an expression never fails and computes nothing; `eval`, `download` and their kin check all of it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use kernwerk_codegen::ir::{Boundary, DType};
use ndarray::{Array, Dimension};

use crate::arguments::Value;
use crate::element::{Dyn, Element};
use crate::image::{AnyImage, Image};
use crate::lang::Pixel;
use crate::node::{Apply, Node, Part};
use crate::op::{OpInfo, Outcome};
use crate::pending::Pending;
use crate::table::Table;
use crate::{Error, HostImage, Result, Work, executor, explain};

/// An expression whose result may be an image of any type, a number or a table. Cloning copies a handle.
#[derive(Clone, Debug)]
pub struct AnyExpr(pub(crate) Arc<Node>);

/// An expression whose result is an image with elements of type `T`. Cloning copies a handle.
pub struct Expr<T: Element> {
    any: AnyExpr,
    element: PhantomData<fn() -> T>,
}

/// An expression whose result is a number.
#[derive(Clone, Debug)]
pub struct Scalar(AnyExpr);

/// An expression whose result is a table.
#[derive(Clone, Debug)]
pub struct TableExpr(AnyExpr);

/// What can be an input of an operation: images and expressions, owned or borrowed.
pub trait IntoExpr {
    /// The element type.
    type Element: Element;
    /// The expression.
    fn into_expr(self) -> Expr<Self::Element>;
}

/// A call of an operation. Inputs and values are checked when the expression is evaluated; a value that is `None` is the
/// parameter's default.
pub fn apply(op: &'static OpInfo, inputs: Vec<AnyExpr>, values: Vec<Option<Value>>) -> AnyExpr {
    AnyExpr::new(Node::Apply(Apply { op, inputs, values, named: Vec::new(), boundary: None, store: None }))
}

impl AnyExpr {
    pub(crate) fn new(node: Node) -> AnyExpr {
        AnyExpr(Arc::new(node))
    }

    /// An image that is there.
    pub fn image(image: AnyImage) -> AnyExpr {
        AnyExpr::new(Node::Image(image))
    }

    /// An expression that fails with this error when it is evaluated.
    pub fn failed(error: Error) -> AnyExpr {
        AnyExpr::new(Node::Failed(error))
    }

    /// The results of a composite that has several.
    pub(crate) fn several(parts: Vec<AnyExpr>) -> AnyExpr {
        AnyExpr::new(Node::Several(parts))
    }

    /// One of the results of a call that has several, counted from 0. Parts of the same call that are evaluated together
    /// are computed by one call: of a kernel, by one launch.
    #[must_use]
    pub fn part(&self, index: usize) -> AnyExpr {
        AnyExpr::new(Node::Part(Part { of: self.clone(), index, store: None }))
    }

    /// What lies outside the images, for the outermost call and, if it is composed of others, for these.
    #[must_use]
    pub fn boundary(self, boundary: Boundary) -> AnyExpr {
        self.changed(|apply| apply.boundary = Some(boundary))
    }

    /// Gives a parameter of the outermost call a value.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<Value>) -> AnyExpr {
        let value = value.into();
        match &*self.0 {
            Node::Apply(_) | Node::Part(_) => self.changed(|apply| apply.named.push((name.to_owned(), value))),
            Node::Failed(_) => self,
            _ => AnyExpr::failed(Error::UnknownParameter {
                operation: "image".into(),
                parameter: name.into(),
                remedy: "an image has no parameters: give the value to the operation".into(),
            }),
        }
    }

    /// Stores the result of the outermost call in another element type: rounded half to even and saturated. Of a call with
    /// several results each is stored so; of a [`part`](Self::part) that part alone.
    #[must_use]
    pub fn store(self, dtype: DType) -> AnyExpr {
        match &*self.0 {
            Node::Image(image) if image.dtype() != dtype => AnyExpr::failed(Error::Unsupported {
                operation: "store_as".into(),
                problem: format!("an image of type {} is there already", image.dtype()),
                remedy: "use the operation `convert`".into(),
            }),
            Node::Part(part) => AnyExpr::new(Node::Part(Part { store: Some(dtype), ..part.clone() })),
            _ => self.changed(|apply| apply.store = Some(dtype)),
        }
    }

    /// The expression as one with elements of type `T`; whether it has them is checked when it is evaluated.
    pub fn typed<T: Element>(self) -> Expr<T> {
        Expr { any: self, element: PhantomData }
    }

    /// The expression as a number; whether it is one is checked when it is evaluated.
    pub fn scalar(self) -> Scalar {
        Scalar(self)
    }

    /// The expression as a table; whether it is one is checked when it is evaluated.
    pub fn table(self) -> TableExpr {
        TableExpr(self)
    }

    /// Runs it.
    ///
    /// # Errors
    /// Whatever is wrong with the inputs and values of any call in it, or with the device.
    pub fn eval(&self) -> Result<Outcome> {
        executor::evaluate(self, None, None)
    }

    /// Issues it, without waiting for numbers and tables that end it.
    ///
    /// # Errors
    /// As [`eval`](Self::eval).
    pub fn start(&self) -> Result<Pending<Outcome>> {
        executor::start(self, None, None)
    }

    /// Runs it; the result has to be an image.
    ///
    /// # Errors
    /// As [`eval`](Self::eval), and [`Error::Unsupported`] if the result is no image.
    pub fn eval_image(&self) -> Result<AnyImage> {
        executor::image(self.name(), self.eval()?)
    }

    /// Runs it and writes the result into an image, of which every handle then shows the result.
    ///
    /// # Errors
    /// As [`eval`](Self::eval); [`Error::Shape`] or [`Error::Type`] if the result does not fit the image.
    pub fn eval_into(&self, target: &AnyImage) -> Result<()> {
        executor::evaluate(self, None, Some(target)).map(drop)
    }

    /// What would run: kernels, launches, bytes moved and halo.
    ///
    /// # Errors
    /// Whatever is wrong with the inputs and values of any call in it.
    pub fn explain(&self) -> Result<String> {
        explain::explain(self)
    }

    /// What would run, as numbers.
    ///
    /// # Errors
    /// Whatever is wrong with the inputs and values of any call in it.
    pub fn work(&self) -> Result<Work> {
        explain::work(self)
    }

    /// The name of the outermost call, for messages.
    pub(crate) fn name(&self) -> &str {
        match &*self.0 {
            Node::Apply(apply) => apply.op.name,
            Node::Part(part) => part.of.name(),
            _ => "image",
        }
    }

    /// Changes the outermost call, in place where nothing else refers to it.
    fn changed(self, change: impl FnOnce(&mut Apply)) -> AnyExpr {
        let AnyExpr(mut node) = self;
        if let Some(Node::Apply(apply)) = Arc::get_mut(&mut node) {
            change(apply);
            return AnyExpr(node);
        }
        if let Node::Apply(apply) = &*node {
            let mut apply = apply.clone();
            change(&mut apply);
            return AnyExpr::new(Node::Apply(apply));
        }
        if let Node::Part(part) = &*node {
            let of = part.of.clone().changed(change);
            return AnyExpr::new(Node::Part(Part { of, ..part.clone() }));
        }
        AnyExpr(node)
    }
}

impl<T: Element> Expr<T> {
    /// The untyped expression.
    pub fn any(&self) -> &AnyExpr {
        &self.any
    }

    /// Gives the untyped expression away.
    pub fn into_any(self) -> AnyExpr {
        self.any
    }

    /// What lies outside the images, for the outermost call and, if it is composed of others, for these.
    #[must_use]
    pub fn boundary(self, boundary: Boundary) -> Expr<T> {
        self.any.boundary(boundary).typed()
    }

    /// Gives an optional parameter of the outermost call a value.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<Value>) -> Expr<T> {
        self.any.with(name, value).typed()
    }

    /// Stores the result of the outermost call in another element type: rounded half to even and saturated.
    #[must_use]
    pub fn store_as<U: Pixel>(self) -> Expr<U> {
        self.any.store(U::DTYPE).typed()
    }

    /// Runs it.
    ///
    /// # Errors
    /// Whatever is wrong with the inputs and values of any call in it, or with the device.
    pub fn eval(&self) -> Result<Image<T>> {
        executor::typed(self.any.name(), &self.any.eval_image()?)
    }

    /// Runs it and writes the result into an image, of which every handle then shows the result.
    ///
    /// # Errors
    /// As [`eval`](Self::eval), and [`Error::Shape`] if the result does not fit the image.
    pub fn eval_into(&self, target: &Image<T>) -> Result<()> {
        self.any.eval_into(target.any())
    }

    /// Runs it and copies the result to the host.
    ///
    /// # Errors
    /// As [`eval`](Self::eval).
    pub fn download_host(&self) -> Result<HostImage> {
        self.eval()?.download_host()
    }

    /// What would run: kernels, launches, bytes moved and halo.
    ///
    /// # Errors
    /// Whatever is wrong with the inputs and values of any call in it.
    pub fn explain(&self) -> Result<String> {
        self.any.explain()
    }
}

impl<T: Pixel> Expr<T> {
    /// Runs it and copies the voxels to the host, as an array with as many axes as the result has.
    ///
    /// # Errors
    /// As [`eval`](Self::eval), and [`Error::Shape`] if the result has another number of axes than the array.
    pub fn download<D: Dimension>(&self) -> Result<Array<T, D>> {
        self.eval()?.download()
    }
}

impl<T: Element> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Expr { any: self.any.clone(), element: PhantomData }
    }
}

impl<T: Element> fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}

macro_rules! other_result {
    ($name:ident, $variant:ident, $result:ty, $what:literal) => {
        impl $name {
            /// The untyped expression.
            pub fn any(&self) -> &AnyExpr {
                &self.0
            }

            /// Gives the untyped expression away.
            pub fn into_any(self) -> AnyExpr {
                self.0
            }

            /// What lies outside the images.
            #[must_use]
            pub fn boundary(self, boundary: Boundary) -> $name {
                $name(self.0.boundary(boundary))
            }

            /// Gives an optional parameter of the outermost call a value.
            #[must_use]
            pub fn with(self, name: &str, value: impl Into<Value>) -> $name {
                $name(self.0.with(name, value))
            }

            /// Runs it.
            ///
            /// # Errors
            /// Whatever is wrong with the inputs and values of any call in it, or with the device.
            pub fn eval(&self) -> Result<$result> {
                match self.0.eval()? {
                    Outcome::$variant(result) => Ok(result),
                    other => Err(executor::wrong_outcome(self.0.name(), $what, &other)),
                }
            }

            /// Issues it and leaves the result on the device until it is asked for.
            ///
            /// # Errors
            /// As [`eval`](Self::eval).
            pub fn start(&self) -> Result<Pending<$result>> {
                let name = self.0.name().to_owned();
                self.0.start()?.and_then(move |outcome| match outcome {
                    Outcome::$variant(result) => Ok(result),
                    other => Err(executor::wrong_outcome(&name, $what, &other)),
                })
            }

            /// What would run: kernels, launches, bytes moved and halo.
            ///
            /// # Errors
            /// Whatever is wrong with the inputs and values of any call in it.
            pub fn explain(&self) -> Result<String> {
                self.0.explain()
            }
        }
    };
}
other_result!(Scalar, Scalar, f64, "a number");
other_result!(TableExpr, Table, Table, "a table");

impl<T: Element> IntoExpr for Expr<T> {
    type Element = T;
    fn into_expr(self) -> Expr<T> {
        self
    }
}

impl<T: Element> IntoExpr for &Expr<T> {
    type Element = T;
    fn into_expr(self) -> Expr<T> {
        self.clone()
    }
}

impl<T: Element> IntoExpr for Image<T> {
    type Element = T;
    fn into_expr(self) -> Expr<T> {
        AnyExpr::image(self.into_any()).typed()
    }
}

impl<T: Element> IntoExpr for &Image<T> {
    type Element = T;
    fn into_expr(self) -> Expr<T> {
        AnyExpr::image(self.any().clone()).typed()
    }
}

impl IntoExpr for AnyImage {
    type Element = Dyn;
    fn into_expr(self) -> Expr<Dyn> {
        AnyExpr::image(self).typed()
    }
}

impl IntoExpr for &AnyImage {
    type Element = Dyn;
    fn into_expr(self) -> Expr<Dyn> {
        AnyExpr::image(self.clone()).typed()
    }
}

impl IntoExpr for AnyExpr {
    type Element = Dyn;
    fn into_expr(self) -> Expr<Dyn> {
        self.typed()
    }
}

impl IntoExpr for &AnyExpr {
    type Element = Dyn;
    fn into_expr(self) -> Expr<Dyn> {
        self.clone().typed()
    }
}
