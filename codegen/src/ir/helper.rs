//! Functions that operations call: `#[gpu_fn]`.
//!
//! A helper is compiled where it is written, and an operation refers to it by a path that only rustc can resolve. So a
//! helper carries its own text, and the text of an operation is put together in a `const`, from the helpers that it
//! reaches. Invariant: helpers form no cycle, since each is a `const` that names those it calls.

use super::{Function, Type};

/// A function that operations and other helpers call.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Helper {
    /// Its name; in kernel texts `fn_` stands before it.
    pub name: &'static str,
    /// The module that defines it: two helpers are the same if both are equal.
    pub path: &'static str,
    /// The types of its results.
    pub results: &'static [Type],
    /// Its body; the arguments are the first locals.
    pub function: Function,
    /// The helpers that it calls, in the order of first call.
    pub helpers: &'static [&'static Helper],
    /// Its text, for every dialect.
    pub text: &'static str,
}

impl Helper {
    /// The types of its arguments.
    pub fn arguments(&self) -> impl Iterator<Item = Type> {
        self.function.locals[..self.function.arguments as usize].iter().map(|local| local.ty)
    }

    /// Whether a call with these types calls it rightly; the parser has to guess them, since it cannot see the helper.
    pub const fn takes(&self, arguments: &[Type], results: &[Type]) -> bool {
        if self.function.arguments as usize != arguments.len() || self.results.len() != results.len() {
            return false;
        }
        let mut position = 0;
        while position < arguments.len() {
            if self.function.locals[position].ty as u8 != arguments[position] as u8 {
                return false;
            }
            position += 1;
        }
        position = 0;
        while position < results.len() {
            if self.results[position] as u8 != results[position] as u8 {
                return false;
            }
            position += 1;
        }
        true
    }
}

/// How many helpers an operation may reach.
const MOST: usize = 128;

/// All helpers that some functions reach, each once and after those that it calls.
#[derive(Clone, Copy)]
pub struct Reached {
    list: [Option<&'static Helper>; MOST],
    len: usize,
    /// Whether two different ones have the same name; then the second is missing.
    ambiguous: bool,
}

impl Reached {
    /// Collects them.
    ///
    /// # Panics
    /// If there are more than 128; in a `const` this is a compile error.
    pub const fn from(helpers: &'static [&'static Helper]) -> Reached {
        let mut reached = Reached { list: [None; MOST], len: 0, ambiguous: false };
        reached.add(helpers);
        reached
    }

    /// Whether no two different helpers have the same name; the expansion asserts it.
    pub const fn is_unambiguous(&self) -> bool {
        !self.ambiguous
    }

    const fn add(&mut self, helpers: &'static [&'static Helper]) {
        let mut position = 0;
        while position < helpers.len() {
            let helper = helpers[position];
            if !self.has(helper) {
                self.add(helper.helpers);
                assert!(self.len < MOST, "an operation calls more than 128 functions: split it");
                self.list[self.len] = Some(helper);
                self.len += 1;
            }
            position += 1;
        }
    }

    const fn has(&mut self, helper: &Helper) -> bool {
        let mut position = 0;
        while position < self.len {
            if let Some(known) = self.list[position]
                && same(known.name, helper.name)
            {
                self.ambiguous |= !same(known.path, helper.path);
                return true;
            }
            position += 1;
        }
        false
    }

    /// The helper at a position.
    pub const fn get(&self, position: usize) -> Option<&'static Helper> {
        if position < self.len { self.list[position] } else { None }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The helpers, each after those that it calls.
    pub fn iter(&self) -> impl Iterator<Item = &'static Helper> + '_ {
        self.list[..self.len].iter().flatten().copied()
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut position = 0;
    while position < a.len() {
        if a[position] != b[position] {
            return false;
        }
        position += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Block;

    const BODY: Function = Function {
        name: "body",
        locals: &[],
        arguments: 0,
        exprs: &[],
        stmts: &[],
        lists: &[],
        body: Block { start: 0, len: 0 },
    };
    const fn helper(name: &'static str, path: &'static str, helpers: &'static [&'static Helper]) -> Helper {
        Helper { name, path, results: &[Type::F32], function: BODY, helpers, text: "" }
    }
    const LEAF: Helper = helper("leaf", "a", &[]);
    const LEFT: Helper = helper("left", "a", &[&LEAF]);
    const RIGHT: Helper = helper("right", "a", &[&LEAF, &LEFT]);

    #[test]
    fn each_helper_comes_once_and_after_those_that_it_calls() {
        const REACHED: Reached = Reached::from(&[&RIGHT, &LEFT, &LEAF]);
        let names: Vec<_> = REACHED.iter().map(|helper| helper.name).collect();
        assert_eq!(names, ["leaf", "left", "right"]);
    }

    #[test]
    fn names_are_unique() {
        const OTHER: Helper = helper("leaf", "b", &[]);
        const { assert!(Reached::from(&[&LEFT, &RIGHT]).is_unambiguous()) };
        const { assert!(!Reached::from(&[&LEFT, &OTHER]).is_unambiguous()) };
    }
}
