//! Expressions of every type, with the intervals of integers and the parentheses that Rust needs, and now and then one more.

use super::{Generator, Ty};

/// An expression as text.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) text: String,
    /// How tightly its outermost operator binds.
    pub(super) level: u8,
    pub(super) low: i128,
    pub(super) high: i128,
    /// A literal without its suffix.
    plain: Option<String>,
    /// After `as u32` a `<` would start a list of generic arguments.
    ends_with_type: bool,
}

/// Precedence of Rust, higher binds tighter.
pub(super) mod level {
    pub(in super::super) const IF: u8 = 1;
    pub(in super::super) const CAST: u8 = 13;
    pub(in super::super) const UNARY: u8 = 14;
    pub(in super::super) const PRIMARY: u8 = 15;
}

impl Expr {
    pub(super) fn primary(text: impl Into<String>) -> Expr {
        Expr { text: text.into(), level: level::PRIMARY, low: 0, high: 0, plain: None, ends_with_type: false }
    }

    pub(super) fn at_level(mut self, level: u8) -> Expr {
        self.level = level;
        self
    }

    pub(super) fn ranged(mut self, low: i128, high: i128) -> Expr {
        (self.low, self.high) = (low, high);
        self
    }

    /// The text, in parentheses if it binds less tightly than needed.
    pub(super) fn at(&self, needed: u8) -> String {
        if self.level < needed { format!("({})", self.text) } else { self.text.clone() }
    }
}

const FLOATS: [&str; 34] = [
    "0.0",
    "1.0",
    "0.5",
    "1.5",
    "2.5",
    "2.0",
    "3.0",
    "0.1",
    "0.001",
    "1e10",
    "1e30",
    "3e38",
    "1e-30",
    "1e-38",
    "1e-40",
    "1e-45",
    "16777216.0",
    "16777217.0",
    "2147483648.0",
    "4294967296.0",
    "255.5",
    "127.49999",
    "65535.0",
    "0.33333334",
    "1_000.25",
    "7.0e-3",
    "f32::MAX",
    "f32::MIN",
    "f32::INFINITY",
    "f32::NEG_INFINITY",
    "f32::NAN",
    "f32::EPSILON",
    "std::f32::consts::PI",
    "3f32",
];

impl Generator {
    fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    /// An expression of a type.
    pub(super) fn expr(&mut self, ty: Ty, depth: usize) -> Expr {
        let grows = depth > 0 && self.spend();
        let mut expr = if !grows {
            self.leaf(ty)
        } else {
            match ty {
                Ty::F32 => self.float(depth - 1),
                Ty::Bool => self.truth(depth - 1),
                Ty::T => self.pixel(depth - 1),
                Ty::Usize => self.index(depth - 1),
                _ => self.integer(ty, depth - 1),
            }
        };
        if self.random.percent(4) {
            expr = Expr { text: format!("({})", expr.text), level: level::PRIMARY, ends_with_type: false, ..expr };
        }
        expr
    }

    /// A variable, an argument or a literal.
    pub(super) fn leaf(&mut self, ty: Ty) -> Expr {
        let mut found: Vec<Expr> = Vec::new();
        for (position, variable) in self.variables.iter().enumerate() {
            let hidden = self.variables[position + 1..].iter().any(|later| later.name == variable.name);
            if variable.ty == ty && !hidden {
                found.push(Expr::primary(&variable.name).ranged(variable.low, variable.high));
            }
        }
        for number in 0..self.arrays.len() {
            let array = self.arrays[number].clone();
            if array.ty == ty {
                let index = self.element_index(array.length);
                found.push(Expr::primary(format!("{}[{index}]", array.name)).ranged(array.low, array.high));
            }
        }
        // Variables count twice, so that statements matter.
        found.extend(found.clone());
        for source in self.sources.iter().filter(|source| source.ty == ty) {
            found.push(Expr::primary(&source.text).ranged(source.low, source.high));
        }
        if !found.is_empty() && self.random.percent(75) {
            return self.random.pick(&found).clone();
        }
        self.literal(ty)
    }

    pub(super) fn literal(&mut self, ty: Ty) -> Expr {
        match ty {
            Ty::Bool => Expr::primary(if self.random.percent(50) { "true" } else { "false" }),
            Ty::T => Expr::primary(*self.random.pick(&["T::default()", "T::SMALLEST", "T::LARGEST"])),
            Ty::F32 => {
                let text = *self.random.pick(&FLOATS);
                let is_number = text.starts_with(|first: char| first.is_ascii_digit());
                let suffixed = if is_number && !text.ends_with("f32") { format!("{text}f32") } else { text.into() };
                let mut expr = Expr::primary(suffixed);
                expr.plain = (is_number && !text.ends_with("f32")).then(|| text.to_owned());
                if self.random.percent(20) {
                    expr.text.insert(0, '-');
                    expr.plain = expr.plain.map(|plain| format!("-{plain}"));
                    expr.level = level::UNARY;
                }
                expr
            }
            _ => {
                let (low, high) = ty.range();
                let edges = [0, 1, 2, 3, 5, 7, 8, 10, 16, 31, 100, 255, 256, 1000, 32_768, 65_535];
                let far = [low, low + 1, high, high - 1, 1 << 24, (1 << 31) - 1, 1 << 40];
                let value = match self.random.below(10) {
                    0 if ty != Ty::Usize => *self.random.pick(&far),
                    1 | 2 if low < 0 => -*self.random.pick(&edges),
                    _ => *self.random.pick(&edges),
                };
                let value = if (low..=high).contains(&value) { value } else { high };
                self.number(value, ty)
            }
        }
    }

    /// An integer literal.
    pub(super) fn number(&mut self, value: i128, ty: Ty) -> Expr {
        let suffix = ty.name();
        if ty == Ty::I32 && value == i32::MIN.into() {
            return Expr::primary("i32::MIN").ranged(value, value);
        }
        if ty == Ty::I64 && value == i64::MIN.into() {
            return self.number(value + 1, ty);
        }
        let digits = match self.random.below(8) {
            0 => format!("{:#x}_", value.unsigned_abs()),
            1 if value.abs() < 256 => format!("{:#b}", value.unsigned_abs()),
            2 if value.abs() >= 1000 => format!("{}_{:03}", value.abs() / 1000, value.abs() % 1000),
            _ => value.unsigned_abs().to_string(),
        };
        let sign = if value < 0 { "-" } else { "" };
        let plain = format!("{sign}{digits}");
        let mut expr = Expr::primary(format!("{plain}{suffix}")).ranged(value, value);
        expr.plain = Some(plain);
        if value < 0 { expr.at_level(level::UNARY) } else { expr }
    }

    /// Two operands and an operator; of a literal the suffix may be left out if the other side tells the type.
    pub(super) fn join(&mut self, operator: &str, left: &Expr, right: &Expr, shift: bool) -> Expr {
        let level = match operator {
            "*" | "/" | "%" => 12,
            "+" | "-" => 11,
            "<<" | ">>" => 10,
            "&" => 9,
            "^" => 8,
            "|" => 7,
            "&&" => 5,
            "||" => 4,
            _ => 6,
        };
        let (mut a, mut b) = (left.clone(), right.clone());
        let short = self.random.percent(50);
        match (&left.plain, &right.plain) {
            (Some(plain), None) if short && !shift => a.text.clone_from(plain),
            (None, Some(plain)) if short => b.text.clone_from(plain),
            _ => {}
        }
        let left_needs = if level == 6 { 7 } else { level };
        let generic = a.ends_with_type && operator.starts_with('<');
        let a_text = if generic { format!("({})", a.text) } else { a.at(left_needs) };
        let b_text = b.at(level + 1);
        let ends_with_type = b.ends_with_type && !b_text.ends_with(')');
        let text = format!("{a_text} {operator} {b_text}");
        Expr { text, level, low: 0, high: 0, plain: None, ends_with_type }
    }

    pub(super) fn method(&mut self, receiver: &Expr, method: &str, arguments: &[String]) -> Expr {
        Expr::primary(format!("{}.{method}({})", receiver.at(level::PRIMARY), arguments.join(", ")))
    }

    pub(super) fn select(&mut self, ty: Ty, depth: usize) -> Expr {
        let condition = self.expr(Ty::Bool, depth);
        let (then, otherwise) = (self.expr(ty, depth), self.expr(ty, depth));
        let text = if self.random.percent(15) {
            let (second, third) = (self.expr(Ty::Bool, depth.min(1)), self.expr(ty, depth.min(1)));
            let (low, high) =
                (then.low.min(otherwise.low).min(third.low), then.high.max(otherwise.high).max(third.high));
            let text = format!(
                "if {} {{ {} }} else if {} {{ {} }} else {{ {} }}",
                condition.text, then.text, second.text, third.text, otherwise.text
            );
            return Expr::primary(text).at_level(level::IF).ranged(low, high);
        } else {
            format!("if {} {{ {} }} else {{ {} }}", condition.text, then.text, otherwise.text)
        };
        let (low, high) = (then.low.min(otherwise.low), then.high.max(otherwise.high));
        Expr::primary(text).at_level(level::IF).ranged(low, high)
    }

    pub(super) fn extremum(&mut self, ty: Ty, depth: usize) -> Expr {
        let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
        let function = *self.random.pick(&["min", "max"]);
        let short = |one: &Expr, other: &Expr| match (&one.plain, &other.plain) {
            (Some(plain), None) => plain.clone(),
            _ => one.text.clone(),
        };
        let (low, high) = if function == "min" {
            (a.low.min(b.low), a.high.min(b.high))
        } else {
            (a.low.max(b.low), a.high.max(b.high))
        };
        // The library's `min` takes what can be stored; of other integers there is the method.
        let expr = if matches!(ty, Ty::I64 | Ty::Usize) || (ty.is_integer() && self.random.percent(40)) {
            self.method(&a, function, &[short(&b, &a)])
        } else {
            Expr::primary(format!("{function}({}, {})", short(&a, &b), short(&b, &a)))
        };
        expr.ranged(low, high)
    }

    fn float(&mut self, depth: usize) -> Expr {
        match self.random.below(23) {
            0..=6 => {
                let operator = *self.random.pick(&["+", "-", "*", "/"]);
                let (a, b) = (self.expr(Ty::F32, depth), self.expr(Ty::F32, depth));
                self.join(operator, &a, &b, false)
            }
            7 => {
                let value = self.expr(Ty::F32, depth);
                Expr::primary(format!("-{}", value.at(level::UNARY))).at_level(level::UNARY)
            }
            8..=10 => {
                let value = self.expr(Ty::F32, depth);
                let methods = ["abs", "sqrt", "floor", "ceil", "trunc", "round_ties_even"];
                let method = *self.random.pick(&methods);
                self.method(&value, method, &[])
            }
            11 | 12 => {
                let [a, b, c] = std::array::from_fn(|_| self.expr(Ty::F32, depth));
                self.method(&a, "mul_add", &[b.text, c.text])
            }
            13 => self.extremum(Ty::F32, depth),
            14 => self.select(Ty::F32, depth),
            15 | 16 => {
                let types = [Ty::I32, Ty::U32, Ty::I64];
                let from = *self.random.pick(&types);
                self.cast(from, Ty::F32, depth)
            }
            17 => {
                let value = self.expr(Ty::F32, depth);
                Expr::primary(format!("{{ {} }}", value.text)).at_level(level::IF)
            }
            18 => self.float_of_bits(depth),
            19 => self.helper(depth),
            _ => self.access(Ty::F32).unwrap_or_else(|| self.leaf(Ty::F32)),
        }
    }

    /// A float from bits that are often those of an ordinary number.
    fn float_of_bits(&mut self, depth: usize) -> Expr {
        let bits = self.expr(Ty::U32, depth);
        let text = if self.random.percent(60) { format!("{} & 0x3fff_ffff", bits.at(10)) } else { bits.text };
        Expr::primary(format!("f32::from_bits({text})"))
    }

    /// A function of `kernwerk::math` that needs no approximation, or `clamp`.
    fn helper(&mut self, depth: usize) -> Expr {
        let value = self.expr(Ty::F32, depth);
        match self.random.below(5) {
            0 => {
                let sign = self.expr(Ty::F32, depth).text;
                self.method(&value, "copysign", &[sign])
            }
            1 => {
                let exponent = self.expr(Ty::I32, 1).text;
                self.method(&value, "powi", &[exponent])
            }
            2 => {
                let (low, high) = (self.expr(Ty::F32, depth).text, self.expr(Ty::F32, depth).text);
                Expr::primary(format!("clamp({}, {low}, {high})", value.text))
            }
            _ => {
                let method = *self.random.pick(&["signum", "fract", "recip", "to_radians", "to_degrees"]);
                self.method(&value, method, &[])
            }
        }
    }

    fn pixel(&mut self, depth: usize) -> Expr {
        match self.random.below(10) {
            0..=2 => self.extremum(Ty::T, depth),
            3..=5 => self.select(Ty::T, depth),
            _ => self.access(Ty::T).unwrap_or_else(|| self.leaf(Ty::T)),
        }
    }

    fn truth(&mut self, depth: usize) -> Expr {
        match self.random.below(14) {
            0..=5 => {
                let mut types = vec![Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::I64, Ty::Bool];
                if self.generic {
                    types.extend([Ty::T, Ty::T]);
                }
                if self.class == kernwerk_codegen::ir::Class::Grid {
                    types.push(Ty::Usize);
                }
                let ty = *self.random.pick(&types);
                let operator = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
                self.join(operator, &a, &b, false)
            }
            6 | 7 => {
                let operator = *self.random.pick(&["&&", "||", "&", "|", "^"]);
                let (a, b) = (self.expr(Ty::Bool, depth), self.expr(Ty::Bool, depth));
                self.join(operator, &a, &b, false)
            }
            8 => {
                let value = self.expr(Ty::Bool, depth);
                Expr::primary(format!("!{}", value.at(level::UNARY))).at_level(level::UNARY)
            }
            9 => {
                let value = self.expr(Ty::F32, depth);
                let method = *self.random.pick(&["is_nan", "is_finite"]);
                self.method(&value, method, &[])
            }
            10 => self.select(Ty::Bool, depth),
            11 => self.extremum(Ty::Bool, depth),
            12 if self.class == kernwerk_codegen::ir::Class::Neighborhood => {
                let name = self.image.as_ref().map_or_else(String::new, |(name, _)| name.clone());
                let parts: Vec<String> = (0..3)
                    .map(|_| {
                        let d = self.expr(Ty::I32, depth.min(1));
                        self.fitted(d, Ty::I32, -1000, 1000).text
                    })
                    .collect();
                Expr::primary(format!("{name}.contains({})", parts.join(", ")))
            }
            _ => self.access(Ty::Bool).unwrap_or_else(|| self.leaf(Ty::Bool)),
        }
    }

    pub(super) fn cast(&mut self, from: Ty, to: Ty, depth: usize) -> Expr {
        let value = self.expr(from, depth);
        let (type_low, type_high) = to.range();
        let (low, high) = match from {
            Ty::F32 => (type_low, type_high),
            Ty::Bool => (0, 1),
            _ if value.low >= type_low && value.high <= type_high => (value.low, value.high),
            _ => (type_low, type_high),
        };
        self.cast_text(value, to).ranged(low, high)
    }

    pub(super) fn cast_text(&mut self, value: Expr, to: Ty) -> Expr {
        let text = format!("{} as {}", value.at(level::CAST), to.name());
        Expr { ends_with_type: true, ..Expr::primary(text).at_level(level::CAST) }
    }
}
