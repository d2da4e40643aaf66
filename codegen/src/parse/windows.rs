//! Recognising windows and what reduces them: `w.ellipsoid(radius).max()`, `line.weighted_sum(weights(…))`.
//!
//! Two readers need the same answer: the lowering to IR, and the rewriting of the Rust body for the CPU, where such a call
//! is computed for a whole row at once. Both find windows by (shape, radius) and weights by their text in these tables.

use std::cell::RefCell;

use syn::{Expr, ExprMethodCall, Ident};

use super::diagnostics::Diagnostics;
use super::signature::{Argument, Role, Signature, leak, tidy};
use crate::ir::{Radius, Reducer, Shape, Weights, Window};

/// The windows and weights that the body mentions, in order of first mention.
#[derive(Default)]
pub(crate) struct Windows {
    windows: RefCell<Vec<Window>>,
    weights: RefCell<Vec<(Weights, Expr)>>,
}

/// A reducing call.
pub(crate) struct ReduceCall {
    pub(crate) reducer: Reducer,
    /// Index of the window, or of the weights of a weighted sum.
    pub(crate) index: u8,
}

const SHAPES: [&str; 4] = ["cuboid", "ellipsoid", "diamond", "window"];

impl Windows {
    /// The windows as they stand in the IR.
    pub(crate) fn windows(&self) -> &'static [Window] {
        self.windows.borrow().clone().leak()
    }

    /// The weights as they stand in the IR.
    pub(crate) fn weights(&self) -> &'static [Weights] {
        self.weights.borrow().iter().map(|(weights, _)| *weights).collect::<Vec<_>>().leak()
    }

    /// The host calls that compute the weights.
    pub(crate) fn weight_calls(&self) -> Vec<Expr> {
        self.weights.borrow().iter().map(|(_, call)| call.clone()).collect()
    }

    /// `w.shape(radius)` → the window's index. `None` if it is something else or wrong (then reported).
    pub(crate) fn window(&self, expr: &Expr, signature: &Signature, diagnostics: &Diagnostics) -> Option<u8> {
        let Expr::MethodCall(call) = expr else { return None };
        let argument = receiver(&call.receiver, signature)?;
        let Role::Input(input) = argument.role else { return None };
        let line = super::signature::last_segment(&argument.ty).is_some_and(|name| name == "Line");
        let shape = match (call.method.to_string().as_str(), line) {
            ("cuboid", false) => Shape::Cuboid,
            ("ellipsoid", false) => Shape::Ellipsoid,
            ("diamond", false) => Shape::Diamond,
            ("window", true) => Shape::Line,
            _ => return None,
        };
        let radius = radius(call, signature, diagnostics)?;
        let mut windows = self.windows.borrow_mut();
        let wanted = Window { input, shape, radius };
        let index = windows.iter().position(|window| *window == wanted).unwrap_or_else(|| {
            windows.push(wanted);
            windows.len() - 1
        });
        Some(index as u8)
    }

    /// `w.shape(radius).reducer()` or `line.weighted_sum(weights)`.
    pub(crate) fn reduce(
        &self,
        call: &ExprMethodCall,
        signature: &Signature,
        diagnostics: &Diagnostics,
    ) -> Option<ReduceCall> {
        let method = call.method.to_string();
        if method == "weighted_sum" {
            let argument = receiver(&call.receiver, signature)?;
            let Role::Input(input) = argument.role else { return None };
            super::signature::last_segment(&argument.ty).filter(|name| *name == "Line")?;
            let [weights] = call.args.iter().collect::<Vec<_>>()[..] else {
                diagnostics.report(call, "`weighted_sum` takes the weights", "write `line.weighted_sum(weights(…))`");
                return None;
            };
            let text = tidy(weights);
            let mut known = self.weights.borrow_mut();
            let index = known.iter().position(|(entry, _)| entry.call == text).unwrap_or_else(|| {
                known.push((Weights { input, call: leak(text) }, weights.clone()));
                known.len() - 1
            });
            return Some(ReduceCall { reducer: Reducer::WeightedSum, index: index as u8 });
        }
        let reducer = match method.as_str() {
            "sum" => Reducer::Sum,
            "max" => Reducer::Max,
            "min" => Reducer::Min,
            "median" => Reducer::Median,
            "mode" => Reducer::Mode,
            "count" => Reducer::Count,
            // The parameter is looked up below.
            "percentile" => Reducer::Percentile { param: 0 },
            _ => return None,
        };
        let index = self.window(&call.receiver, signature, diagnostics)?;
        if method == "percentile" {
            let param = percentile(call, signature, diagnostics)?;
            return Some(ReduceCall { reducer: Reducer::Percentile { param }, index });
        }
        if !call.args.is_empty() {
            diagnostics.report(&call.args, format!("`{method}` of a window takes no arguments"), "remove them");
            return None;
        }
        Some(ReduceCall { reducer, index })
    }

    /// Whether a method makes a window out of its receiver.
    pub(crate) fn is_shape(method: &Ident) -> bool {
        SHAPES.iter().any(|shape| method == shape)
    }
}

fn receiver<'a>(expr: &Expr, signature: &'a Signature) -> Option<&'a Argument> {
    let Expr::Path(path) = expr else { return None };
    let name = path.path.get_ident()?;
    signature.arguments.iter().find(|argument| argument.name == *name)
}

/// The parameter of a percentile.
fn percentile(call: &ExprMethodCall, signature: &Signature, diagnostics: &Diagnostics) -> Option<u8> {
    if let [Expr::Path(path)] = call.args.iter().collect::<Vec<_>>()[..]
        && let Some(name) = path.path.get_ident()
        && let Some(argument) = signature.arguments.iter().find(|argument| argument.name == *name)
        && let Role::Param(param) = argument.role
    {
        let info = &signature.params[usize::from(param)];
        if !info.per_axis && info.ty == crate::ir::ParamType::F32 {
            return Some(param);
        }
    }
    diagnostics.report(
        call,
        "the percentile of a window is a parameter of type `f32`",
        "add `#[param(default = 50.0, range = 0.0..=100.0)] percentile: f32` to the signature, and write `.percentile(percentile)`",
    );
    None
}

fn radius(call: &ExprMethodCall, signature: &Signature, diagnostics: &Diagnostics) -> Option<Radius> {
    let wrong = |tokens: &dyn quote::ToTokens| {
        diagnostics.report(
            tokens,
            "the radius of a window is a whole number or a parameter of type `PerAxis<u32>`",
            "write for example `w.cuboid(1)`, or add `radius: PerAxis<u32>` to the signature",
        );
        None
    };
    match call.args.iter().collect::<Vec<_>>()[..] {
        [Expr::Lit(lit)] => match &lit.lit {
            syn::Lit::Int(number) => match number.base10_parse() {
                Ok(voxels) => Some(Radius::Fixed { voxels }),
                Err(_) => wrong(lit),
            },
            _ => wrong(lit),
        },
        [expr @ Expr::Path(path)] => {
            let argument = path.path.get_ident().and_then(|name| signature.arguments.iter().find(|a| a.name == *name));
            match argument.map(|argument| &argument.role) {
                Some(Role::Param(param)) => {
                    let info = &signature.params[usize::from(*param)];
                    if info.per_axis && info.ty == crate::ir::ParamType::U32 {
                        Some(Radius::Param { param: *param })
                    } else {
                        wrong(expr)
                    }
                }
                _ => wrong(expr),
            }
        }
        [other] => wrong(other),
        _ => wrong(call),
    }
}
