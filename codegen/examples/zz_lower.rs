use kernwerk_codegen::{emit, parse};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let file: syn::File = syn::parse_file(&std::fs::read_to_string(&args[1]).unwrap()).unwrap();
    for item in file.items {
        if let syn::Item::Fn(mut f) = item {
            if !args[2..].contains(&f.sig.ident.to_string()) { continue; }
            f.attrs.retain(|a| !a.path().is_ident("gpu_op"));
            let op = parse::lower(quote::quote!(grid), quote::quote!(#f)).map_err(|e| e.to_compile_error().to_string()).unwrap();
            std::fs::write(format!("/tmp/kw/lb_{}.cu", f.sig.ident), emit::text(&op, &emit::Cuda)).unwrap();
        }
    }
}
