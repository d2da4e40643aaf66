//! Short forms of the IR's expressions: what expansions are written with, so that an operation's `const IR` can be read.
//!
//! Input: a type and the parts of an expression. Output: a [`Typed`]. [`ToConst`](super::ToConst) of [`Typed`] prints these forms; what
//! has none is printed in full. Invariant: a short form makes the same value as the full one.

use super::{Axis, BinaryOp, Expr, ExprId, Intrinsic, List, LocalId, Reducer, Type, Typed, UnaryOp};

impl Type {
    /// An expression of this type.
    pub const fn of(self, expr: Expr) -> Typed {
        Typed { expr, ty: self }
    }

    /// A number of type f32.
    pub const fn float(self, value: f32) -> Typed {
        self.of(Expr::Float { bits: value.to_bits() })
    }

    /// A whole number.
    pub const fn int(self, value: i64) -> Typed {
        self.of(Expr::Int { value })
    }

    /// A local variable.
    pub const fn local(self, local: u32) -> Typed {
        self.of(Expr::Local { local: LocalId(local) })
    }

    /// A parameter.
    pub const fn param(self, param: u8, axis: Option<Axis>) -> Typed {
        self.of(Expr::Param { param, axis })
    }

    /// The current voxel of an input.
    pub const fn voxel(self, input: u8) -> Typed {
        self.of(Expr::Voxel { input })
    }

    /// An operator with one operand.
    pub const fn unary(self, op: UnaryOp, value: u32) -> Typed {
        self.of(Expr::Unary { op, value: ExprId(value) })
    }

    /// An operator with two operands.
    pub const fn binary(self, op: BinaryOp, left: u32, right: u32) -> Typed {
        self.of(Expr::Binary { op, left: ExprId(left), right: ExprId(right) })
    }

    /// One of two values.
    pub const fn select(self, condition: u32, then: u32, otherwise: u32) -> Typed {
        self.of(Expr::Select { condition: ExprId(condition), then: ExprId(then), otherwise: ExprId(otherwise) })
    }

    /// A cast to this type.
    pub const fn cast(self, value: u32) -> Typed {
        self.of(Expr::Cast { value: ExprId(value) })
    }

    /// A function of the language, with `len` arguments from `start` in the function's lists.
    pub const fn call(self, function: Intrinsic, start: u32, len: u32) -> Typed {
        self.of(Expr::Call { function, arguments: List { start, len } })
    }

    /// A helper, with `len` arguments from `start` in the function's lists.
    pub const fn helper(self, helper: u8, start: u32, len: u32) -> Typed {
        self.of(Expr::CallHelper { helper, arguments: List { start, len } })
    }

    /// A neighbour.
    pub const fn neighbor(self, input: u8, [x, y, z]: [u32; 3]) -> Typed {
        self.of(Expr::Neighbor { input, offset: [ExprId(x), ExprId(y), ExprId(z)] })
    }

    /// A reduced window.
    pub const fn reduce(self, window: u8, reducer: Reducer) -> Typed {
        self.of(Expr::Reduce { window, reducer })
    }
}

#[cfg(feature = "parse")]
impl super::ToConst for Typed {
    fn to_const(&self) -> proc_macro2::TokenStream {
        use proc_macro2::Literal;
        use quote::quote;

        let ty = self.ty.to_const();
        // Numbers of ids and lists need no suffix.
        let n = |number: u32| Literal::u32_unsuffixed(number);
        match self.expr {
            // Negative numbers and those that are not finite have no literal.
            Expr::Float { bits } if f32::from_bits(bits).is_finite() && f32::from_bits(bits).is_sign_positive() => {
                let value = Literal::f32_unsuffixed(f32::from_bits(bits));
                quote!(#ty.float(#value))
            }
            Expr::Int { value } if value >= 0 => {
                let value = Literal::i64_unsuffixed(value);
                quote!(#ty.int(#value))
            }
            Expr::Local { local } => {
                let local = n(local.0);
                quote!(#ty.local(#local))
            }
            Expr::Param { param, axis } => {
                let (param, axis) = (n(param.into()), axis.to_const());
                quote!(#ty.param(#param, #axis))
            }
            Expr::Voxel { input } => {
                let input = n(input.into());
                quote!(#ty.voxel(#input))
            }
            Expr::Unary { op, value } => {
                let (op, value) = (op.to_const(), n(value.0));
                quote!(#ty.unary(#op, #value))
            }
            Expr::Binary { op, left, right } => {
                let (op, left, right) = (op.to_const(), n(left.0), n(right.0));
                quote!(#ty.binary(#op, #left, #right))
            }
            Expr::Select { condition, then, otherwise } => {
                let parts = [condition, then, otherwise].map(|id| n(id.0));
                quote!(#ty.select(#(#parts),*))
            }
            Expr::Cast { value } => {
                let value = n(value.0);
                quote!(#ty.cast(#value))
            }
            Expr::Call { function, arguments } => {
                let (function, start, len) = (function.to_const(), n(arguments.start), n(arguments.len));
                quote!(#ty.call(#function, #start, #len))
            }
            Expr::CallHelper { helper, arguments } => {
                let (helper, start, len) = (n(helper.into()), n(arguments.start), n(arguments.len));
                quote!(#ty.helper(#helper, #start, #len))
            }
            Expr::Neighbor { input, offset } => {
                let (input, offset) = (n(input.into()), offset.map(|id| n(id.0)));
                quote!(#ty.neighbor(#input, [#(#offset),*]))
            }
            Expr::Reduce { window, reducer } => {
                let (window, reducer) = (n(window.into()), reducer.to_const());
                quote!(#ty.reduce(#window, #reducer))
            }
            other => {
                let expr = other.to_const();
                quote!(#ty.of(#expr))
            }
        }
    }
}
