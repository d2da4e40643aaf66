//! Checks of a whole signature: names against each other, and what host functions return.

use syn::ext::IdentExt;

use super::{Argument, Role, Signature, argument_of, last_segment, tidy};
use crate::ir::{Access, MOST_OUTPUTS, Param, ParamType, Type};
use crate::parse::attribute::Kind;
use crate::parse::diagnostics::Diagnostics;

/// Bytes that a group may share: what every kernel may have on NVIDIA's GPUs.
const MOST_SHARED: u64 = 48 << 10;

impl Signature {
    /// Checks names against each other and against those that the wrapper has.
    pub(super) fn names(&self, kind: Kind, diagnostics: &Diagnostics) {
        for (number, argument) in self.arguments.iter().enumerate() {
            let name = argument.name.unraw().to_string();
            let wrapped =
                matches!(kind, Kind::Neighborhood | Kind::Separable) && matches!(argument.role, Role::Param(_));
            if wrapped && name == "image" {
                diagnostics.report(
                    &argument.name,
                    "callers know the image of this operation as `image`",
                    "choose another name for the parameter",
                );
            }
            if kind == Kind::Grid
                && matches!(name.as_str(), "context" | "domain")
                && matches!(argument.role, Role::Input(_) | Role::Param(_))
            {
                diagnostics.report(
                    &argument.name,
                    format!("callers give a `{name}` to every grid operation"),
                    "choose another name",
                );
            }
            let definition = |argument: &Argument| match argument.role {
                Role::Input(_) => Some(crate::reserved::input_definition(&argument.name.to_string())),
                Role::Param(param) if self.params[usize::from(param)].specialized => {
                    Some(crate::reserved::param_definition(&argument.name.to_string()))
                }
                _ => None,
            };
            let defined = definition(argument);
            if defined.is_some() && self.arguments[..number].iter().any(|other| definition(other) == defined) {
                let what = if matches!(argument.role, Role::Input(_)) { "image" } else { "parameter" };
                diagnostics.report(
                    &argument.name,
                    format!("`{name}` differs from another {what} in nothing but its case"),
                    "choose another name: in the kernels' definitions both are written in capitals",
                );
            }
            let once =
                matches!(argument.role, Role::Position | Role::Item | Role::Lane | Role::Context | Role::Boundary);
            let item = |role: &Role| matches!(role, Role::Item | Role::Lane);
            let same = |role: &Role| *role == argument.role || item(role) && item(&argument.role);
            if once && self.arguments[..number].iter().any(|other| same(&other.role)) {
                let problem = format!("an operation has one `{}`", tidy(&argument.ty).trim_start_matches('&'));
                diagnostics.report(&argument.ty, problem, "remove this argument");
            }
        }
    }

    /// Reports a `specialized` that marks no number of a grid operation.
    pub(super) fn check_specialized(
        &self,
        span: proc_macro2::Span,
        role: &Role,
        kind: Kind,
        diagnostics: &Diagnostics,
    ) {
        let mark = quote::quote_spanned!(span=> specialized);
        let whole = |param: u8| {
            let Param { per_axis, ty, .. } = self.params[usize::from(param)];
            !per_axis && matches!(ty, ParamType::U32 | ParamType::I32 | ParamType::Bool)
        };
        if kind != Kind::Grid {
            diagnostics.report(mark, "only the parameters of grid operations are `specialized`", "remove it");
        } else if !matches!(*role, Role::Param(param) if whole(param)) {
            let remedy = "mark a u32, an i32 or a bool, of which a program has few values";
            diagnostics.report(mark, "this is no parameter for whose values kernels are compiled", remedy);
        }
    }

    /// Checks the groups of a grid operation: how many lanes they have, and how much they share.
    pub(super) fn groups(&self, diagnostics: &Diagnostics) {
        let of = |wanted: fn(&Role) -> bool| self.arguments.iter().find(move |argument| wanted(&argument.role));
        let Some(lane) = of(|role| *role == Role::Lane) else {
            if let Some(shared) = of(|role| matches!(role, Role::Shared(_))) {
                diagnostics.report(
                    &shared.ty,
                    "an item alone shares memory with nobody",
                    "take `at: Lane<256>` instead of the item: one of the 256 lanes of a group",
                );
            }
            return;
        };
        if !self.lanes.is_some_and(|lanes| (32..=256).contains(&lanes) && lanes.is_multiple_of(32)) {
            let problem = "the number of lanes is a multiple of 32, at most 256: what every GPU runs together";
            diagnostics.report(&lane.ty, problem, "write for example `Lane<256>`");
        }
        if let Some(tally) = of(|role| matches!(role, Role::Input(_)))
            .filter(|_| self.inputs.iter().any(|input| input.access == Access::Tally))
        {
            let problem = "counters are added to by items, and this operation has lanes";
            diagnostics.report(&tally.ty, problem, "take the buffer as `Global<u32>` and use `fetch_add`");
        }
        for argument in &self.arguments {
            let Role::Shared(number) = argument.role else { continue };
            let shared = self.shared[usize::from(number)];
            if !matches!(shared.ty, Type::F32 | Type::I32 | Type::U32) {
                let problem = "lanes share numbers of type f32, i32 or u32";
                diagnostics.report(&argument.ty, problem, "write for example `Shared<f32, 4096>`");
            }
        }
        let elements: u64 = self.shared.iter().map(|shared| u64::from(shared.length)).sum();
        if 4 * elements > MOST_SHARED
            && let Some(shared) = of(|role| matches!(role, Role::Shared(_)))
        {
            let problem = format!("a group shares {} bytes, and has at most {MOST_SHARED}", 4 * elements);
            diagnostics.report(&shared.ty, problem, "share less, or work on a part at a time");
        }
    }

    /// Checks what composites and procedures return; only its shape, since rustc checks the rest.
    pub(super) fn result(&self, item: &syn::Signature, kind: Kind, diagnostics: &Diagnostics) {
        let mut allowed: &[&str] = match kind {
            Kind::Composite => &["Expr", "AnyExpr"],
            Kind::Procedure => &["Image", "AnyImage", "Table", "f64"],
            _ => return,
        };
        let remedy = match kind {
            Kind::Composite => "return `Expr<f32>` (or of i32, u32, u8, T), or a `Result` of it",
            _ => {
                "return `Result<Image<f32>>` (or of i32, u32, u8), `Result<AnyImage>`, `Result<Table>` or `Result<f64>`"
            }
        };
        let what = if kind == Kind::Composite { "composite" } else { "procedure" };
        let Some(ty) = &self.output_ty else {
            return diagnostics.report(&item.ident, format!("a {what} returns what it computes"), remedy);
        };
        let inner = match last_segment(ty) {
            Some(name) if name == "Result" => argument_of(ty),
            _ if kind == Kind::Composite => Some(ty),
            _ => None,
        };
        let inner = match inner {
            Some(pending) if kind == Kind::Procedure && last_segment(pending).is_some_and(|name| name == "Pending") => {
                allowed = &["Table", "f64"];
                argument_of(pending)
            }
            _ => inner,
        };
        if let Some(syn::Type::Tuple(tuple)) = inner {
            return self.several_results(tuple, kind, what, diagnostics);
        }
        let fits = inner.and_then(last_segment).is_some_and(|name| allowed.iter().any(|known| name == known));
        if !fits {
            diagnostics.report(ty, format!("a {what} cannot return `{}`", tidy(ty)), remedy);
        }
    }

    /// Checks the parts of a tuple that a composite or procedure returns: images, of which there are two to as many as a kernel may have.
    fn several_results(&self, tuple: &syn::TypeTuple, kind: Kind, what: &str, diagnostics: &Diagnostics) {
        let (allowed, remedy) = match kind {
            Kind::Composite => {
                (["Expr", "AnyExpr"], "every part is an image: `Expr<f32>` (or of i32, u32, u8, T) or `AnyExpr`")
            }
            _ => (["Image", "AnyImage"], "every part is an image: `Image<f32>` (or of i32, u32, u8) or `AnyImage`"),
        };
        if !(2..=MOST_OUTPUTS).contains(&tuple.elems.len()) {
            let problem = format!("a {what} that returns a tuple returns 2 to {MOST_OUTPUTS} images");
            let remedy = if tuple.elems.len() < 2 { "return one image without a tuple" } else { "split it in two" };
            return diagnostics.report(tuple, problem, remedy);
        }
        for part in &tuple.elems {
            if !last_segment(part).is_some_and(|name| allowed.iter().any(|known| name == known)) {
                let problem = format!("a {what} with several results cannot return `{}` as one of them", tidy(part));
                diagnostics.report(part, problem, remedy);
            }
        }
    }
}
