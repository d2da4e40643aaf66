//! The exactness tier: whether every backend gives the same bits, and if not, which function is to blame.

use crate::ir::{Expr, Intrinsic, Op};

/// Why an operation is in the bounded tier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inexact {
    /// The function of the operation that calls it.
    pub function: &'static str,
    /// The function of the language whose last bits depend on the vendor.
    pub intrinsic: Intrinsic,
    /// The largest error that the OpenCL specification allows its implementations, in ulp.
    pub ulp: u32,
}

/// Every call that keeps the operation out of the exact tier.
pub fn inexact(op: &Op) -> Vec<Inexact> {
    let mut found = Vec::new();
    for function in op.functions {
        for typed in function.exprs {
            if let Expr::Call { function: intrinsic, .. } = typed.expr
                && let Some(ulp) = bound(intrinsic)
            {
                found.push(Inexact { function: function.name, intrinsic, ulp });
            }
        }
    }
    found
}

/// Whether the operation is in the exact tier. A `const fn`, so that `EXACT` is computed from the exported IR itself.
pub const fn exact(op: &Op) -> bool {
    let mut f = 0;
    while f < op.functions.len() {
        let exprs = op.functions[f].exprs;
        let mut e = 0;
        while e < exprs.len() {
            if let Expr::Call { function, .. } = exprs[e].expr
                && bound(function).is_some()
            {
                return false;
            }
            e += 1;
        }
        f += 1;
    }
    true
}

/// Section 7.4 of the OpenCL C specification; CUDA's functions and Rust's libm are within these bounds.
const fn bound(function: Intrinsic) -> Option<u32> {
    match function {
        Intrinsic::Exp | Intrinsic::Ln => Some(3),
        Intrinsic::Powf => Some(16),
        Intrinsic::Sin | Intrinsic::Cos => Some(4),
        _ => None,
    }
}
