//! What the macro makes of an operation, as a reviewer would see it with `cargo expand`.
//!
//! Documentation is left out and long texts are cut, since these are looked at elsewhere. A screen and a half is enough for the rest.
//! After a change: `INSTA_UPDATE=always cargo test -p kernwerk-codegen --test expansion`, then look at the difference.

use kernwerk_codegen::parse::gpu_op;
use kernwerk_codegen::parse::source::Written;
use syn::visit_mut::{self, VisitMut};

/// Lines that a screen and a half have, more or less.
const MOST_LINES: usize = 125;

/// Leaves out documentation and what is long.
struct Shorten;

impl VisitMut for Shorten {
    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        let attributes = match item {
            syn::Item::Const(item) => &mut item.attrs,
            syn::Item::Fn(item) => &mut item.attrs,
            syn::Item::Mod(item) => &mut item.attrs,
            syn::Item::Static(item) => &mut item.attrs,
            _ => return visit_mut::visit_item_mut(self, item),
        };
        attributes.retain(|attribute| !attribute.path().is_ident("doc"));
        visit_mut::visit_item_mut(self, item);
    }

    fn visit_lit_str_mut(&mut self, text: &mut syn::LitStr) {
        if text.value().len() > 200 {
            *text = syn::LitStr::new("…", text.span());
        }
    }

    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        let long = |token: &proc_macro2::TokenTree| matches!(token, proc_macro2::TokenTree::Group(group) if group.to_string().len() > 200);
        if call.path.segments.last().is_some_and(|name| name.ident == "concatenated") {
            let tokens = call.tokens.clone().into_iter();
            call.tokens = tokens.map(|token| if long(&token) { quote::quote!(["…"]) } else { token.into() }).collect();
        }
    }
}

fn check(name: &str, arguments: &str, item: &str) {
    let expansion = gpu_op(arguments.parse().unwrap(), item.parse().unwrap(), &Written::default());
    let mut file: syn::File = syn::parse2(expansion).unwrap();
    Shorten.visit_file_mut(&mut file);
    let text = prettyplease::unparse(&file);
    let lines = text.lines().count();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
    assert!(lines <= MOST_LINES, "the expansion of {name} has {lines} lines");
}

#[test]
fn a_pointwise_operation() {
    check(
        "gamma_correction",
        "pointwise",
        "/// Gamma correction: raises every pixel to the power `gamma`.
        pub fn gamma_correction(pixel: f32, #[param(default = 1.0, range = 0.0..)] gamma: f32) -> f32 {
            pixel.powf(gamma)
        }",
    );
}

#[test]
fn a_neighborhood() {
    check(
        "laplace",
        "neighborhood",
        "/// Laplace operator over the direct neighbours, at a distance from a plane.
        pub fn laplace(w: Window<f32>, #[param(default = 1, unit = \"voxels\")] radius: PerAxis<u32>) -> f32 {
            let center = w.center();
            w.diamond(radius).count() * center - w.diamond(radius).sum()
        }",
    );
}
