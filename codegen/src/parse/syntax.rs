//! Checks of a body that need no types: attributes and labels, wherever they stand.

use syn::visit::{self, Visit};
use syn::{Attribute, Block, ExprMethodCall, Label};

use super::diagnostics::Diagnostics;
use super::signature::tidy;

/// Reports what the macro would otherwise pass over.
pub(super) fn check(block: &Block, diagnostics: &Diagnostics) {
    Checker { diagnostics }.visit_block(block);
}

/// Reports an attribute of an argument, a statement or an expression that means more than lints do.
pub(super) fn attribute(attribute: &Attribute, diagnostics: &Diagnostics) {
    const LINTS: [&str; 7] = ["allow", "expect", "warn", "deny", "forbid", "doc", "rustfmt"];
    let path = attribute.path();
    let name = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
    if name == "cfg" || name == "cfg_attr" {
        // rustc would drop the tokens after the macro has read them.
        diagnostics.report(
            attribute,
            format!("`#[{name}]` inside an operation would change what the CPU computes and not the kernels"),
            "put it above `#[gpu_op]`, on a whole operation, or use a parameter",
        );
    } else if !LINTS.contains(&name.as_str()) {
        diagnostics.report(
            attribute,
            format!("the attribute `{}` has no meaning inside an operation", tidy(path)),
            "remove it",
        );
    }
}

struct Checker<'a> {
    diagnostics: &'a Diagnostics,
}

impl<'ast> Visit<'ast> for Checker<'_> {
    fn visit_attribute(&mut self, found: &'ast Attribute) {
        attribute(found, self.diagnostics);
    }

    fn visit_label(&mut self, label: &'ast Label) {
        self.diagnostics.report(&label.name, "loops have no labels in this language", "use a variable of type bool");
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        // Weights are computed on the host, by any Rust.
        if call.method == "weighted_sum" {
            return self.visit_expr(&call.receiver);
        }
        visit::visit_expr_method_call(self, call);
    }

    // Closures, items, types and patterns are refused as a whole, with whatever they hold.
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_item(&mut self, _: &'ast syn::Item) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
}
