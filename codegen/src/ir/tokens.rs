//! Writing an IR value as the Rust expression that makes it: how an operation becomes a `const`.
//!
//! [`ir_types!`] defines each type of the IR once and derives the printer beside it, so that the two cannot drift apart.

#[cfg(feature = "parse")]
use proc_macro2::TokenStream;
#[cfg(feature = "parse")]
use quote::quote;

/// Prints a value as a Rust expression; names are resolved in a scope where `ir` is this module's parent.
#[cfg(feature = "parse")]
pub trait ToConst {
    /// The expression.
    fn to_const(&self) -> TokenStream;
}

#[cfg(feature = "parse")]
mod basics {
    use super::*;

    macro_rules! literal {
        ($($ty:ty),*) => {$(
            impl ToConst for $ty {
                fn to_const(&self) -> TokenStream {
                    quote!(#self)
                }
            }
        )*};
    }
    literal!(bool, u8, u32, i32, i64, f32, f64, &'static str);

    impl<T: ToConst> ToConst for &'static [T] {
        fn to_const(&self) -> TokenStream {
            let items = self.iter().map(ToConst::to_const);
            quote!(&[#(#items),*])
        }
    }

    impl ToConst for &'static [&'static crate::ir::Helper] {
        /// Only rustc knows what the paths of helpers lead to: the expansion lists them in a constant of its own.
        fn to_const(&self) -> TokenStream {
            if self.is_empty() { quote!(&[]) } else { quote!(HELPERS) }
        }
    }

    impl<T: ToConst> ToConst for Option<T> {
        fn to_const(&self) -> TokenStream {
            match self {
                Some(value) => {
                    let value = value.to_const();
                    quote!(Some(#value))
                }
                None => quote!(None),
            }
        }
    }

    impl<T: ToConst> ToConst for [T; 3] {
        fn to_const(&self) -> TokenStream {
            let items = self.iter().map(ToConst::to_const);
            quote!([#(#items),*])
        }
    }

    macro_rules! plain_enum {
        ($ty:ident) => {
            impl ToConst for crate::ir::$ty {
                fn to_const(&self) -> TokenStream {
                    let name = quote::format_ident!("{}", format!("{self:?}"));
                    quote!(ir::$ty::#name)
                }
            }
        };
    }
    plain_enum!(DType);
    plain_enum!(Axis);
}

/// Defines IR types (enums with tuple-less struct variants, newtypes and structs) together with their printers. Small structs are printed
/// `in order`, as calls of `new`, so that expansions stay short.
macro_rules! ir_types {
    () => {};
    ($(#[$meta:meta])* pub struct $name:ident($inner:ty); $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(#[doc = "The number."] pub $inner);
        #[cfg(feature = "parse")]
        impl super::tokens::ToConst for $name {
            fn to_const(&self) -> proc_macro2::TokenStream {
                let inner = super::tokens::ToConst::to_const(&self.0);
                quote::quote!(ir::$name(#inner))
            }
        }
        ir_types!($($rest)*);
    };
    ($(#[$meta:meta])* pub struct $name:ident in order { $($(#[$fmeta:meta])* pub $field:ident: $ty:ty,)* } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }
        impl $name {
            /// Makes it of its parts, in their order: the short form that expansions use.
            pub const fn new($($field: $ty),*) -> $name {
                $name { $($field),* }
            }
        }
        #[cfg(feature = "parse")]
        impl super::tokens::ToConst for $name {
            fn to_const(&self) -> proc_macro2::TokenStream {
                $(let $field = super::tokens::ToConst::to_const(&self.$field);)*
                quote::quote!(ir::$name::new($(#$field),*))
            }
        }
        ir_types!($($rest)*);
    };
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* pub $field:ident: $ty:ty,)* } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty,)* }
        #[cfg(feature = "parse")]
        impl super::tokens::ToConst for $name {
            fn to_const(&self) -> proc_macro2::TokenStream {
                $(let $field = super::tokens::ToConst::to_const(&self.$field);)*
                quote::quote!(ir::$name { $($field: #$field),* })
            }
        }
        ir_types!($($rest)*);
    };
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident $({ $($(#[$fmeta:meta])* $field:ident: $ty:ty),* $(,)? })?,)*
    } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $($(#[$vmeta])* $variant $({ $($(#[$fmeta])* $field: $ty),* })?,)* }
        #[cfg(feature = "parse")]
        impl super::tokens::ToConst for $name {
            fn to_const(&self) -> proc_macro2::TokenStream {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        $($(let $field = super::tokens::ToConst::to_const($field);)*)?
                        quote::quote!(ir::$name::$variant $({ $($field: #$field),* })?)
                    })*
                }
            }
        }
        ir_types!($($rest)*);
    };
}
pub(crate) use ir_types;
