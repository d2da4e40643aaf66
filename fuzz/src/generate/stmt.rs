//! Statements: declarations, assignments, branches, loops that end, early returns, and effects on buffers.

use super::{Array, BufferUse, Generator, Offset, Slot, Ty, Variable};

/// A part of a tuple: name, whether it is mutable, type, interval, value.
type Part = (String, bool, Ty, (i128, i128), String);

/// Most rounds of nested loops for each voxel.
const ROUNDS: usize = 400;

impl Generator {
    /// The statements of a function and its result.
    pub(super) fn function_body(&mut self, depth: usize) {
        let number = 1 + self.random.below(5);
        for _ in 0..number {
            self.statement(depth);
        }
        if self.results.is_empty() {
            return;
        }
        if self.random.percent(12) {
            let condition = self.expr(Ty::Bool, 2);
            self.line(format!("if {} {{", condition.text));
            self.inner(|generator| {
                generator.statement(1);
                let result = generator.result();
                generator.line(result);
            });
            self.line("} else {");
            self.inner(|generator| {
                let result = generator.result();
                generator.line(result);
            });
            self.line("}");
            return;
        }
        let result = self.result();
        if self.random.percent(15) { self.line(format!("return {result};")) } else { self.line(result) }
    }

    /// What a function returns: one value or a tuple.
    pub(super) fn result(&mut self) -> String {
        let slots = self.results.clone();
        let values: Vec<String> = slots.into_iter().map(|slot| self.value_of(slot)).collect();
        if values.len() == 1 { values[0].clone() } else { format!("({})", values.join(", ")) }
    }

    fn value_of(&mut self, slot: Slot) -> String {
        let depth = 1 + self.random.below(3);
        let value = self.expr(slot.ty, depth);
        self.fitted(value, slot.ty, slot.low, slot.high).text
    }

    /// Writes indented lines in a scope of their own.
    fn inner(&mut self, write: impl FnOnce(&mut Self)) {
        let (variables, arrays) = (self.variables.len(), self.arrays.len());
        self.indent += 1;
        write(self);
        self.indent -= 1;
        self.variables.truncate(variables);
        self.arrays.truncate(arrays);
    }

    fn body(&mut self, depth: usize, rounds: usize) {
        let before = self.rounds;
        self.rounds *= rounds.max(1);
        self.loops += 1;
        let number = 1 + self.random.below(3);
        for _ in 0..number {
            self.statement(depth.saturating_sub(1));
        }
        if self.random.percent(15) {
            let condition = self.expr(Ty::Bool, 1);
            let end = if self.random.percent(50) { "break" } else { "continue" };
            self.line(format!("if {} {{ {end}; }}", condition.text));
        }
        self.loops -= 1;
        self.rounds = before;
    }

    fn statement(&mut self, depth: usize) {
        let effects = self.buffers.iter().any(|buffer| !matches!(buffer.use_, BufferUse::Read(_)));
        if effects && self.random.percent(40) {
            return self.effect();
        }
        let choice = if depth == 0 { self.random.below(10) } else { self.random.below(21) };
        match choice {
            0..=2 => self.declare(depth),
            3 => self.array(),
            4 => self.tuple(),
            5 if !self.arrays.is_empty() => self.assign_element(),
            5..=9 => self.assign(),
            10 => self.declare_by_branch(depth),
            11..=13 => self.branch(depth),
            14 | 15 => self.count_loop(depth),
            16 => self.while_loop(depth),
            17 => self.window_loop(depth),
            18 if self.random.percent(50) => self.early_return(),
            18 => {
                self.line("{");
                self.inner(|generator| {
                    generator.statement(depth - 1);
                    generator.statement(depth - 1);
                });
                self.line("}");
            }
            _ => {
                if !self.views.is_empty() {
                    self.window_loop(depth)
                } else {
                    self.branch(depth)
                }
            }
        }
    }

    fn some_type(&mut self) -> Ty {
        let mut types = vec![Ty::F32, Ty::F32, Ty::F32, Ty::I32, Ty::I32, Ty::U32, Ty::U32, Ty::I64, Ty::Bool];
        if self.generic {
            types.extend([Ty::T, Ty::T, Ty::T]);
        }
        if !self.buffers.is_empty() {
            types.push(Ty::Usize);
        }
        *self.random.pick(&types)
    }

    /// The interval that a mutable variable keeps to.
    fn home(&mut self, ty: Ty) -> (i128, i128) {
        let bits = *self.random.pick(&[4u32, 8, 13, 20, 30]);
        match ty {
            Ty::F32 | Ty::Bool | Ty::T => (0, 0),
            Ty::U32 if self.random.percent(25) => ty.range(),
            Ty::I32 | Ty::I64 if self.random.percent(25) => (ty.range().0 + 1, ty.range().1),
            Ty::I32 | Ty::I64 if self.random.percent(60) => (-((1 << bits) - 1), (1 << bits) - 1),
            _ => (0, (1 << bits.min(20)) - 1),
        }
    }

    fn push(&mut self, name: String, ty: Ty, (low, high): (i128, i128), mutable: bool, offset: Offset) {
        self.variables.push(Variable { name, ty, low, high, mutable, offset });
    }

    fn declare(&mut self, depth: usize) {
        let ty = self.some_type();
        let mutable = self.random.percent(50);
        let size = 1 + self.random.below(depth + 2);
        let typed = self.random.percent(50);
        let annotation = if typed { format!(": {}", ty.name()) } else { String::new() };
        // An offset kept in a variable is still one that can be told from the text.
        if !mutable && ty == Ty::I32 && self.random.percent(30) {
            let text = self.offset();
            let name = self.variable_name();
            let whole = self.variables.iter().any(|v| v.offset == Offset::Whole && text.contains(v.name.as_str()));
            self.line(format!("let {name}: i32 = {text};"));
            let offset = if whole { Offset::Whole } else { Offset::Free };
            return self.push(name, ty, (-2000, 2000), false, offset);
        }
        let mut value = self.expr(ty, size);
        let range = if mutable { self.home(ty) } else { (value.low, value.high) };
        if mutable {
            value = self.fitted(value, ty, range.0, range.1);
        }
        let name = self.variable_name();
        let keyword = if mutable { "let mut" } else { "let" };
        self.line(format!("{keyword} {name}{annotation} = {};", value.text));
        self.push(name, ty, range, mutable, Offset::No);
    }

    /// `let mut a = [0.0; 4];` or `let a = [x, y];`
    fn array(&mut self) {
        let ty = *self.random.pick(&[Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool]);
        let range = self.home(ty);
        let length = 1 + self.random.below(6);
        self.numbered += 1;
        let name = format!("list{}", self.numbered);
        let mutable = self.random.percent(60);
        let slot = Slot { ty, low: range.0, high: range.1 };
        let value = if self.random.percent(50) {
            format!("[{}; {length}]", self.value_of(slot))
        } else {
            let values: Vec<String> = (0..length).map(|_| self.value_of(slot)).collect();
            format!("[{}]", values.join(", "))
        };
        let annotation = if self.random.percent(50) { format!(": [{}; {length}]", ty.name()) } else { String::new() };
        self.line(format!("let {}{name}{annotation} = {value};", if mutable { "mut " } else { "" }));
        self.arrays.push(Array { name, ty, length, low: range.0, high: range.1, mutable });
    }

    fn assign_element(&mut self) {
        let arrays: Vec<Array> = self.arrays.iter().filter(|array| array.mutable).cloned().collect();
        if arrays.is_empty() {
            return self.assign();
        }
        let array = self.random.pick(&arrays).clone();
        let index = self.element_index(array.length);
        let value = self.value_of(Slot { ty: array.ty, low: array.low, high: array.high });
        let operator = if array.ty == Ty::F32 && self.random.percent(40) { "+=" } else { "=" };
        self.line(format!("{}[{index}] {operator} {value};", array.name));
    }

    /// `let (a, b) = (x, y);`, or two variables exchanged.
    fn tuple(&mut self) {
        let swapped = self.mutable().filter(|_| self.random.percent(40)).and_then(|first| {
            let other = self.mutable().filter(|other| other.name != first.name && other.ty == first.ty)?;
            ((first.low, first.high) == (other.low, other.high)).then_some((first.name, other.name))
        });
        if let Some((a, b)) = swapped {
            return self.line(format!("({a}, {b}) = ({b}, {a});"));
        }
        let mut made: Vec<Part> = Vec::new();
        for _ in 0..2 + self.random.below(2) {
            let ty = *self.random.pick(&[Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool]);
            let range = self.home(ty);
            let value = self.value_of(Slot { ty, low: range.0, high: range.1 });
            let name = loop {
                let name = self.variable_name();
                if made.iter().all(|known| known.0 != name) {
                    break name;
                }
            };
            let mutable = self.random.percent(50);
            made.push((name, mutable, ty, range, value));
        }
        let names: Vec<String> =
            made.iter().map(|one| if one.1 { format!("mut {}", one.0) } else { one.0.clone() }).collect();
        let values: Vec<&str> = made.iter().map(|one| one.4.as_str()).collect();
        let types: Vec<&str> = made.iter().map(|one| one.2.name()).collect();
        let annotation = if self.random.percent(40) { format!(": ({})", types.join(", ")) } else { String::new() };
        self.line(format!("let ({}){annotation} = ({});", names.join(", "), values.join(", ")));
        for (name, mutable, ty, range, _) in made {
            self.push(name, ty, range, mutable, Offset::No);
        }
    }

    /// `let x = if … { statements; value } else { … };`
    fn declare_by_branch(&mut self, depth: usize) {
        let ty = self.some_type();
        let mutable = self.random.percent(40);
        let range = self.home(ty);
        let condition = self.expr(Ty::Bool, 2);
        let name = self.variable_name();
        let keyword = if mutable { "let mut" } else { "let" };
        self.line(format!("{keyword} {name}: {} = if {} {{", ty.name(), condition.text));
        let branches = 2 + usize::from(self.random.percent(25));
        for number in 0..branches {
            self.inner(|generator| {
                generator.statement(depth.saturating_sub(1));
                let value = generator.value_of(Slot { ty, low: range.0, high: range.1 });
                generator.line(value);
            });
            match branches - number {
                1 => self.line("};"),
                2 => self.line("} else {"),
                _ => {
                    let condition = self.expr(Ty::Bool, 1);
                    self.line(format!("}} else if {} {{", condition.text));
                }
            }
        }
        self.push(name, ty, range, mutable, Offset::No);
    }

    fn mutable(&mut self) -> Option<Variable> {
        let mutable: Vec<Variable> = self
            .variables
            .iter()
            .enumerate()
            .filter(|(position, variable)| {
                let hidden = self.variables[position + 1..].iter().any(|later| later.name == variable.name);
                variable.mutable && !hidden
            })
            .map(|(_, variable)| variable.clone())
            .collect();
        (!mutable.is_empty()).then(|| self.random.pick(&mutable).clone())
    }

    fn assign(&mut self) {
        let Some(variable) = self.mutable() else { return self.declare(1) };
        let (name, ty, low, high) = (&variable.name, variable.ty, variable.low, variable.high);
        let depth = 1 + self.random.below(3);
        let bits = low == 0 && ((high + 1) & high) == 0;
        match ty {
            Ty::F32 if self.random.percent(60) => {
                let operator = *self.random.pick(&["+=", "-=", "*=", "/="]);
                let value = self.expr(ty, depth);
                self.line(format!("{name} {operator} {};", value.text));
            }
            Ty::Bool if self.random.percent(40) => {
                let operator = *self.random.pick(&["&=", "|=", "^="]);
                let value = self.expr(ty, depth);
                self.line(format!("{name} {operator} {};", value.text));
            }
            _ if ty.is_integer() && self.random.percent(55) => {
                let text = match self.random.below(7) {
                    0 if bits => {
                        let value = self.expr(ty, depth);
                        let value = self.fitted(value, ty, 0, high);
                        format!("{name} {} {};", self.random.pick(&["|=", "^="]), value.text)
                    }
                    1 if low >= 0 => {
                        let value = self.expr(ty, depth);
                        let value = self.fitted(value, ty, 0, ty.range().1);
                        format!("{name} &= {};", value.text)
                    }
                    2 => {
                        let by = i128::from(self.random.between(0, 31));
                        let by = self.number(by, Ty::U32).text;
                        format!("{name} >>= {by};")
                    }
                    3 => {
                        let by = i128::from(self.random.between(1, 300));
                        let by = self.number(by, ty).text;
                        format!("{name} {} {by};", self.random.pick(&["/=", "%="]))
                    }
                    4 if ty == Ty::U32 && (low, high) == ty.range() => {
                        let by = i128::from(self.random.between(0, 31));
                        format!("{name} <<= {};", self.number(by, Ty::U32).text)
                    }
                    _ => {
                        // Up, and back into the interval at once.
                        let room = (ty.range().1 - high).min(1 << 20);
                        if room < 1 {
                            let value = self.value_of(Slot { ty, low, high });
                            format!("{name} = {value};")
                        } else {
                            let value = self.expr(ty, depth);
                            let value = self.fitted(value, ty, 0, room);
                            let back = self.number(high + 1, ty).text;
                            if low == 0 || low == -high {
                                format!(
                                    "{name} += {};\n{:width$}{name} %= {back};",
                                    value.text,
                                    "",
                                    width = 4 * self.indent
                                )
                            } else {
                                let value = self.value_of(Slot { ty, low, high });
                                format!("{name} = {value};")
                            }
                        }
                    }
                };
                self.line(text);
            }
            _ => {
                let value = self.value_of(Slot { ty, low, high });
                self.line(format!("{name} = {value};"));
            }
        }
    }

    fn branch(&mut self, depth: usize) {
        let condition = self.expr(Ty::Bool, 2);
        self.line(format!("if {} {{", condition.text));
        let statements = 1 + self.random.below(2);
        self.inner(|generator| (0..statements).for_each(|_| generator.statement(depth.saturating_sub(1))));
        if self.random.percent(25) {
            let condition = self.expr(Ty::Bool, 1);
            self.line(format!("}} else if {} {{", condition.text));
            self.inner(|generator| generator.statement(depth.saturating_sub(1)));
        }
        if self.random.percent(60) {
            self.line("} else {");
            self.inner(|generator| generator.statement(depth.saturating_sub(1)));
        }
        self.line("}");
    }

    fn count_loop(&mut self, depth: usize) {
        let room = (ROUNDS / self.rounds).min(12) as i64;
        if room < 2 {
            return self.assign();
        }
        let mut types = vec![Ty::I32, Ty::I32, Ty::I32, Ty::U32, Ty::U32, Ty::I64];
        if !self.buffers.is_empty() {
            types.push(Ty::Usize);
        }
        let ty = *self.random.pick(&types);
        let signed = matches!(ty, Ty::I32 | Ty::I64);
        let start = self.random.between(if signed { -4 } else { 0 }, 4);
        let length = self.random.between(0, room - 1);
        let inclusive = self.random.percent(30);
        let (first, end) = (self.number(start.into(), ty), self.number((start + length).into(), ty));
        let constant = self.random.percent(65);
        let (low, high) = (i128::from(start), i128::from(start + length));
        let (start_text, end_text) = if constant {
            (first.text.clone(), end.text.clone())
        } else if self.random.percent(60) {
            let bound = self.expr(ty, 2);
            (first.text.clone(), self.fitted(bound, ty, low, high).text)
        } else {
            let bound = self.expr(ty, 2);
            (self.fitted(bound, ty, low, high).text, end.text.clone())
        };
        let dots = if inclusive { "..=" } else { ".." };
        let name = if self.random.percent(10) { "_".to_owned() } else { self.variable_name() };
        // A range ends where a block begins: `0..(if …)` and `0..{ … }` need no parentheses in front of it, but comparisons do.
        self.line(format!("for {name} in {start_text}{dots}{end_text} {{"));
        self.inner(|generator| {
            if name != "_" {
                let offset = if constant && ty == Ty::I32 { Offset::Free } else { Offset::No };
                generator.push(name, ty, (low, high), false, offset);
            }
            generator.body(depth, length as usize + 1);
        });
        self.line("}");
    }

    fn while_loop(&mut self, depth: usize) {
        let room = (ROUNDS / self.rounds).min(9);
        if room < 2 {
            return self.assign();
        }
        let most = 1 + self.random.below(room - 1);
        let name = self.variable_name();
        self.line(format!("let mut {name} = 0u32;"));
        // Not to be assigned by other statements: the loop has to end.
        self.push(name.clone(), Ty::U32, (0, most as i128), false, Offset::No);
        let condition = self.expr(Ty::Bool, 2);
        let form = self.random.below(3);
        let head = match form {
            0 => format!("while {name} < {most} && {} {{", condition.at(6)),
            1 => format!("while {name} < {most}u32 {{"),
            _ => "loop {".to_owned(),
        };
        self.line(head);
        self.inner(|generator| {
            if form == 2 {
                generator.line(format!("if {name} >= {most} {{ break; }}"));
            }
            generator.line(format!("{name} += 1;"));
            generator.body(depth, most);
        });
        self.line("}");
    }

    fn window_loop(&mut self, depth: usize) {
        let fitting: Vec<_> = self.views.iter().filter(|view| view.size * self.rounds <= ROUNDS).cloned().collect();
        let Some((_, element)) = self.image.clone().filter(|_| !fitting.is_empty()) else { return self.branch(depth) };
        let view = self.random.pick(&fitting).clone();
        if view.planar && self.random.percent(50) {
            let names: Vec<String> = {
                let mut names = Vec::new();
                while names.len() < 3 {
                    let name = self.variable_name();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                names
            };
            self.line(format!("for ({}) in {}.offsets() {{", names.join(", "), view.text));
            self.inner(|generator| {
                for name in names {
                    generator.push(name, Ty::I32, (-3, 3), false, view.offset);
                }
                generator.body(depth, view.size);
            });
        } else {
            let name = self.variable_name();
            self.line(format!("for {name} in {} {{", view.text));
            self.inner(|generator| {
                generator.push(name, element, element.range(), false, Offset::No);
                generator.body(depth, view.size);
            });
        }
        self.line("}");
    }

    fn early_return(&mut self) {
        let condition = self.expr(Ty::Bool, 2);
        let result = if self.results.is_empty() { String::new() } else { format!(" {}", self.result()) };
        self.line(format!("if {} {{", condition.text));
        self.inner(|generator| generator.line(format!("return{result};")));
        self.line("}");
    }

    /// A store or an atomic operation.
    fn effect(&mut self) {
        let written: Vec<_> =
            self.buffers.iter().filter(|buffer| !matches!(buffer.use_, BufferUse::Read(_))).cloned().collect();
        let buffer = self.random.pick(&written).clone();
        let (low, high) = buffer.ty.range();
        match buffer.use_ {
            BufferUse::Own(factor) => {
                let index = self.own_index(factor);
                let value = self.value_of(Slot { ty: buffer.ty, low, high });
                if buffer.ty == Ty::F32 || self.random.percent(60) {
                    return self.line(format!("{}.store({index}, {value});", buffer.name));
                }
                let method = *self.random.pick(&["fetch_add", "fetch_min", "fetch_max"]);
                if self.random.percent(50) {
                    return self.line(format!("{}.{method}({index}, {value});", buffer.name));
                }
                let name = self.variable_name();
                self.line(format!("let {name} = {}.{method}({index}, {value});", buffer.name));
                self.push(name, buffer.ty, (low, high), false, Offset::No);
            }
            BufferUse::Shared(method, len) => {
                let index = self.any_index(len);
                let value = self.value_of(Slot { ty: buffer.ty, low, high });
                self.line(format!("{}.{method}({index}, {value});", buffer.name));
            }
            BufferUse::Read(_) => {}
        }
    }
}
