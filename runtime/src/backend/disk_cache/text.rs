//! What the backends have to know of a program's text and definitions, without parsing it.

/// Refuses definitions that would not arrive at the compiler as they are: they pass through a command line, so a space or
/// a quote would end them or begin an option.
///
/// # Errors
/// What is wrong with the first bad one.
pub fn check_definitions(definitions: &[(String, String)]) -> Result<(), String> {
    for (name, value) in definitions {
        let name_fits = !name.starts_with(|first: char| first.is_ascii_digit())
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let value_fits = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte));
        if !name_fits || !value_fits {
            return Err(format!("`{name}={value}` cannot be a definition on a compiler's command line"));
        }
    }
    Ok(())
}

/// The name of the first kernel in a text, for messages.
#[must_use]
pub fn kernel_name(source: &str) -> &str {
    let name = source.lines().filter_map(kernel_of_line).next();
    name.unwrap_or("(no kernel in the text)")
}

fn kernel_of_line(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("extern \"C\"").map_or(line, str::trim_start);
    if !["__kernel", "kernel ", "__global__"].iter().any(|marker| line.starts_with(marker)) {
        return None;
    }
    // Attributes between the marker and the name may have parentheses of their own.
    let rest = line.split_once("void ")?.1;
    let rest = match rest.strip_prefix("__launch_bounds__") {
        Some(bounded) => bounded.split_once(") ")?.1,
        None => rest,
    };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str) -> bool {
        check_definitions(&[(name.to_owned(), value.to_owned())]).is_err()
    }

    #[test]
    fn only_plain_definitions_pass() {
        assert!(!refused("KW_T0", "uchar") && !refused("_R", "-1.5e+3f") && !refused("EMPTY", ""));
        assert!(refused("A", "1 -cl-fast-relaxed-math") && refused("A", "\"x\"") && refused("A B", "1"));
        assert!(refused("", "1") && refused("1A", "1") && refused("A", "(1)") && refused("A", "a\0"));
    }

    #[test]
    fn kernels_are_found_by_their_name() {
        assert_eq!(kernel_name("// x\n__kernel void gamma(__global float* a)"), "gamma");
        assert_eq!(kernel_name("kernel void blur_x (global float* a)"), "blur_x");
        assert_eq!(kernel_name("extern \"C\" __global__ void __launch_bounds__(256) sum2(float* a)"), "sum2");
        assert_eq!(kernel_name("extern \"C\" __global__ void sum(float* a)"), "sum");
        assert_eq!(kernel_name("__kernel __attribute__((reqd_work_group_size(8, 8, 1))) void f(int a)"), "f");
        assert_eq!(kernel_name("void helper()"), "(no kernel in the text)");
    }
}
