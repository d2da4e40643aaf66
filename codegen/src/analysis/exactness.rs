//! The exactness tier: whether every backend gives the same bits, and if not, which expression is to blame.

use std::fmt;

use crate::ir::{Expr, ExprId, Function, Intrinsic, Op, Reached, print};

/// Why an operation is in the bounded tier.
#[derive(Clone, Debug, PartialEq)]
pub struct Inexact {
    /// The function of the operation, or the helper, that calls it.
    pub function: &'static str,
    /// The call as the author would write it.
    pub expression: String,
    /// The function of the language whose last bits depend on the vendor.
    pub intrinsic: Intrinsic,
    /// The largest error that the OpenCL specification allows its implementations, in ulp.
    pub ulp: u32,
}

impl fmt::Display for Inexact {
    /// `` `pixel.powf(gamma)` in `body`, up to 16 ulp ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in `{}`, up to {} ulp", self.expression, self.function, self.ulp)
    }
}

/// Every call that keeps the operation out of the exact tier; two that read alike are one.
pub fn inexact(op: &Op) -> Vec<Inexact> {
    let mut found = Vec::new();
    let reached = Reached::from(op.helpers);
    let own = op.functions.iter().map(|function| (function.name, function, op.helpers));
    let helpers = reached.iter().map(|helper| (helper.name, &helper.function, helper.helpers));
    for (name, function, helpers) in own.chain(helpers) {
        for (number, typed) in function.exprs.iter().enumerate() {
            if let Expr::Call { function: intrinsic, .. } = typed.expr
                && let Some(ulp) = bound(intrinsic)
            {
                let expression = print::expr(&Op { helpers, ..*op }, function, ExprId(number as u32));
                let inexact = Inexact { function: name, expression, intrinsic, ulp };
                if !found.contains(&inexact) {
                    found.push(inexact);
                }
            }
        }
    }
    found
}

/// Whether the operation is in the exact tier. A `const fn`, so that `EXACT` is computed from the exported IR itself.
pub const fn exact(op: &Op) -> bool {
    let mut number = 0;
    while number < op.functions.len() {
        if !exact_function(&op.functions[number]) {
            return false;
        }
        number += 1;
    }
    let reached = Reached::from(op.helpers);
    let mut number = 0;
    while let Some(helper) = reached.get(number) {
        if !exact_function(&helper.function) {
            return false;
        }
        number += 1;
    }
    true
}

const fn exact_function(function: &Function) -> bool {
    let mut number = 0;
    while number < function.exprs.len() {
        if let Expr::Call { function, .. } = function.exprs[number].expr
            && bound(function).is_some()
        {
            return false;
        }
        number += 1;
    }
    true
}

/// Section 7.4 of the OpenCL C specification; CUDA's functions and Rust's libm are within these bounds.
pub(super) const fn bound(function: Intrinsic) -> Option<u32> {
    match function {
        Intrinsic::Exp | Intrinsic::Ln => Some(3),
        Intrinsic::Powf => Some(16),
        Intrinsic::Sin | Intrinsic::Cos => Some(4),
        _ => None,
    }
}
