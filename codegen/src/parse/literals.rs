//! Numbers without suffix: rustc is told the type that the macro took them for.
//!
//! rustc infers the type of such a number from everything around it, also from what comes later; the macro takes the type of what the
//! number meets first. Where these differ, the CPU would compute something else than the kernels (`0.1 + 0.2 == 0.3` holds in f32 and not
//! in f64, which rustc takes where nothing tells). So each number gets its suffix before rustc sees the body: both read the same program,
//! and where that is not what the author meant, rustc says so at the author's token.
//!
//! Invariant: the nodes of a body stay where they are in memory from the lowering until [`Literals::write_into`].

use std::cell::RefCell;
use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{ExprLit, Lit, LitFloat, LitInt};

use crate::ir::Type;

/// The types of the numbers without suffix that a body contains, by their place in memory.
#[derive(Default)]
pub(crate) struct Literals {
    types: RefCell<HashMap<*const ExprLit, Type>>,
}

impl Literals {
    /// Notes what a number was read as; the last reading counts.
    pub(crate) fn note(&self, literal: &ExprLit, ty: Type) {
        self.types.borrow_mut().insert(literal, ty);
    }

    /// Gives the noted numbers of a part of the item their suffixes.
    pub(crate) fn write_into(&self, visit: impl FnOnce(&mut dyn VisitMut)) {
        visit(&mut Writer { types: &self.types.borrow(), integers: true });
    }

    /// The same for numbers with a decimal point alone, whose type is never in doubt.
    pub(crate) fn write_floats_into(&self, visit: impl FnOnce(&mut dyn VisitMut)) {
        visit(&mut Writer { types: &self.types.borrow(), integers: false });
    }
}

struct Writer<'a> {
    types: &'a HashMap<*const ExprLit, Type>,
    integers: bool,
}

impl VisitMut for Writer<'_> {
    fn visit_expr_lit_mut(&mut self, literal: &mut ExprLit) {
        if !self.integers && matches!(literal.lit, Lit::Int(_)) {
            return;
        }
        let place: *const ExprLit = literal;
        if let Some(suffixed) = self.types.get(&place).and_then(|&ty| suffixed(&literal.lit, ty)) {
            literal.lit = suffixed;
        }
    }
}

/// For a function with such literals. Clippy looks for the suffix in the author's text, where it is not, and finds fault with the groups of
/// the digits that are left.
pub(super) fn lints() -> TokenStream {
    quote!(#[allow(clippy::inconsistent_digit_grouping, clippy::unusual_byte_groupings)])
}

fn suffixed(literal: &Lit, ty: Type) -> Option<Lit> {
    let suffix = match ty {
        Type::F32 => "f32",
        Type::I32 => "i32",
        Type::U32 => "u32",
        Type::I64 => "i64",
        Type::Index => "usize",
        Type::Bool | Type::Pixel | Type::Unit => return None,
    };
    match literal {
        Lit::Int(number) if number.suffix().is_empty() => {
            Some(Lit::Int(LitInt::new(&format!("{}{suffix}", number.base10_digits()), number.span())))
        }
        Lit::Float(number) if number.suffix().is_empty() => {
            // `1.` is a number, `1.f32` is not.
            let digits = number.base10_digits();
            let zero = if digits.ends_with('.') { "0" } else { "" };
            Some(Lit::Float(LitFloat::new(&format!("{digits}{zero}{suffix}"), number.span())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    #[test]
    fn every_spelling_of_a_number_takes_a_suffix() {
        for (text, ty, expected) in [
            ("1", Type::U32, "1u32"),
            ("0xff_ff", Type::I32, "65535i32"),
            ("1_000", Type::Index, "1000usize"),
            ("1.", Type::F32, "1.0f32"),
            ("1e-3", Type::F32, "1e-3f32"),
            ("2.5", Type::F32, "2.5f32"),
        ] {
            let literal: Lit = syn::parse_str(text).expect("a literal");
            let found = suffixed(&literal, ty).expect("a number");
            assert_eq!(found.to_token_stream().to_string(), expected, "{text}");
        }
        for text in ["1u32", "1.0f32", "true"] {
            assert!(suffixed(&syn::parse_str(text).expect("a literal"), Type::I32).is_none(), "{text}");
        }
    }

    #[test]
    fn only_what_was_noted_changes() {
        let mut block: syn::Block = syn::parse_quote!({ w.cuboid(1).sum() + 2.0 });
        let literals = Literals::default();
        let syn::Stmt::Expr(syn::Expr::Binary(sum), None) = &block.stmts[0] else { panic!("a sum") };
        let syn::Expr::Lit(two) = &*sum.right else { panic!("a number") };
        literals.note(two, Type::F32);
        literals.write_into(|writer| writer.visit_block_mut(&mut block));
        assert_eq!(block.to_token_stream().to_string(), "{ w . cuboid (1) . sum () + 2.0f32 }");
    }
}
