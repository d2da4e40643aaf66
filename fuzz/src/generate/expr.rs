//! Expressions of every type, with the intervals of integers and the parentheses that Rust needs, and now and then one more.

use super::{BufferUse, Extent, Generator, Offset, Ty};

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

    fn at_level(mut self, level: u8) -> Expr {
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

    fn select(&mut self, ty: Ty, depth: usize) -> Expr {
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

    fn extremum(&mut self, ty: Ty, depth: usize) -> Expr {
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

    fn integer(&mut self, ty: Ty, depth: usize) -> Expr {
        match self.random.below(24) {
            0..=5 => {
                let operator = *self.random.pick(&["+", "-", "*"]);
                let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
                self.arithmetic(operator, a, b, ty)
            }
            6 | 7 => {
                let operator = *self.random.pick(&["/", "%"]);
                let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
                self.division(operator, a, b, ty)
            }
            8..=10 => {
                let operator = *self.random.pick(&["&", "|", "^"]);
                let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
                let (low, high) = bits_range(operator, &a, &b, ty);
                self.join(operator, &a, &b, false).ranged(low, high)
            }
            11 | 12 => self.shift(ty, depth),
            13 => {
                let value = self.expr(ty, depth);
                let (type_low, type_high) = ty.range();
                if type_low < 0 && value.low > type_low && self.random.percent(50) {
                    let (low, high) = (-value.high, -value.low);
                    Expr::primary(format!("-{}", value.at(level::UNARY))).at_level(level::UNARY).ranged(low, high)
                } else {
                    let (low, high) = if type_low < 0 { (-1 - value.high, -1 - value.low) } else { (0, type_high) };
                    Expr::primary(format!("!{}", value.at(level::UNARY))).at_level(level::UNARY).ranged(low, high)
                }
            }
            14 if ty == Ty::I32 => {
                let value = self.expr(ty, depth);
                let value = self.fitted(value, ty, -i128::from(i32::MAX), i32::MAX.into());
                let high = value.low.abs().max(value.high.abs());
                self.method(&value, "abs", &[]).ranged(0, high)
            }
            14 | 15 => self.extremum(ty, depth),
            16 => self.select(ty, depth),
            17 | 18 => {
                let from: &[Ty] = match ty {
                    Ty::I64 => &[Ty::I32, Ty::U32, Ty::Bool],
                    Ty::I32 => &[Ty::F32, Ty::U32, Ty::I64, Ty::Bool],
                    _ => &[Ty::F32, Ty::I32, Ty::I64, Ty::Bool],
                };
                let from = *self.random.pick(from);
                self.cast(from, ty, depth)
            }
            19 | 20 if matches!(ty, Ty::I32 | Ty::U32) => {
                let method = *self.random.pick(&["wrapping_add", "wrapping_sub", "wrapping_mul"]);
                let (a, b) = (self.expr(ty, depth), self.expr(ty, depth));
                let (low, high) = ty.range();
                self.method(&a, method, &[b.text]).ranged(low, high)
            }
            21 if ty == Ty::U32 => {
                let value = self.expr(Ty::F32, depth);
                Expr::primary(format!("to_bits({})", value.text)).ranged(0, u32::MAX.into())
            }
            _ => self.access(ty).unwrap_or_else(|| self.leaf(ty)),
        }
    }

    /// Indices stay small: sums and products of coordinates, and numbers below 2³¹.
    fn index(&mut self, depth: usize) -> Expr {
        match self.random.below(8) {
            0 => {
                let value = self.expr(Ty::U32, depth);
                let value = self.fitted(value, Ty::U32, 0, 100_000);
                let (low, high) = (value.low, value.high);
                self.cast_text(value, Ty::Usize).ranged(low, high)
            }
            1 | 2 => {
                let (a, b) = (self.expr(Ty::Usize, depth), self.expr(Ty::Usize, depth));
                let operator = *self.random.pick(&["+", "*", "-"]);
                self.arithmetic(operator, a, b, Ty::Usize)
            }
            3 => {
                let operator = *self.random.pick(&["/", "%"]);
                let (a, b) = (self.expr(Ty::Usize, depth), self.expr(Ty::Usize, depth));
                self.division(operator, a, b, Ty::Usize)
            }
            4 => self.extremum(Ty::Usize, depth),
            5 => self.select(Ty::Usize, depth),
            6 => {
                let operator = *self.random.pick(&["&", "|", "^"]);
                let (a, b) = (self.expr(Ty::Usize, depth), self.expr(Ty::Usize, depth));
                let (low, high) = bits_range(operator, &a, &b, Ty::Usize);
                self.join(operator, &a, &b, false).ranged(low, high)
            }
            _ => self.leaf(Ty::Usize),
        }
    }

    /// `+ - *` without overflow: operands are narrowed until the result fits.
    fn arithmetic(&mut self, operator: &str, mut a: Expr, mut b: Expr, ty: Ty) -> Expr {
        let (type_low, type_high) = ty.range();
        let result = |a: &Expr, b: &Expr| match operator {
            "+" => (a.low.saturating_add(b.low), a.high.saturating_add(b.high)),
            "-" => (a.low.saturating_sub(b.high), a.high.saturating_sub(b.low)),
            _ => {
                let ends = [a.low, a.high].map(|a| [a.saturating_mul(b.low), a.saturating_mul(b.high)]).concat();
                (*ends.iter().min().unwrap_or(&0), *ends.iter().max().unwrap_or(&0))
            }
        };
        let fits = |(low, high): (i128, i128)| low >= type_low && high <= type_high;
        if !fits(result(&a, &b)) {
            let bits = if ty == Ty::I64 { [62, 31] } else { [29, 14] }[usize::from(operator == "*")];
            let low = if type_low < 0 { -(1 << bits) + 1 } else { 0 };
            a = self.fitted(a, ty, low, (1 << bits) - 1);
            b = self.fitted(b, ty, low, (1 << bits) - 1);
        }
        if !fits(result(&a, &b)) {
            // An unsigned difference that may fall below 0: the larger goes first.
            let high = b.high;
            let least = self.number(high, ty);
            let text = format!("{}.max({})", a.at(level::PRIMARY), least.text);
            a = Expr::primary(text).ranged(a.low.max(high), a.high.max(high));
        }
        let (low, high) = result(&a, &b);
        self.join(operator, &a, &b, false).ranged(low, high)
    }

    fn division(&mut self, operator: &str, mut a: Expr, mut b: Expr, ty: Ty) -> Expr {
        let (type_low, type_high) = ty.range();
        if b.low <= 0 && b.high >= 0 {
            let one = self.number(1, ty);
            let (low, high) = if b.low >= 0 { (1, b.high | 1) } else { (type_low, type_high) };
            b = self.join("|", &b, &one, false).ranged(low, high);
        }
        if b.low < 0 && a.low == type_low {
            a = self.fitted(a, ty, type_low + 1, type_high);
        }
        let reach = a.low.abs().max(a.high.abs());
        let (low, high) = match (operator, a.low >= 0 && b.low > 0) {
            ("/", true) => (a.low / b.high, a.high / b.low),
            ("/", false) => (-reach, reach),
            (_, true) => (0, a.high.min(b.high - 1)),
            _ => (-reach.min(b.low.abs().max(b.high.abs())), reach.min(b.low.abs().max(b.high.abs()))),
        };
        self.join(operator, &a, &b, false).ranged(low.max(type_low), high.min(type_high))
    }

    fn shift(&mut self, ty: Ty, depth: usize) -> Expr {
        let value = self.expr(ty, depth);
        let width = if ty == Ty::I64 { 64 } else { 32 };
        let amount_ty = *self.random.pick(&[Ty::U32, Ty::U32, Ty::I32]);
        let amount = if self.random.percent(60) {
            let by = i128::from(self.random.between(0, width - 1));
            self.number(by, amount_ty)
        } else {
            let amount = self.expr(amount_ty, depth.min(1));
            self.fitted(amount, amount_ty, 0, i128::from(width) - 1)
        };
        let (type_low, type_high) = ty.range();
        if self.random.percent(50) {
            let (low, high) = (value.low << amount.high, value.high << amount.high);
            let kept = value.low >= 0 && high <= type_high && low >= type_low;
            let range = if kept { (0, high) } else { (type_low, type_high) };
            return self.join("<<", &value, &amount, true).ranged(range.0, range.1);
        }
        let low = if value.low < 0 { value.low >> amount.low } else { 0 };
        let high = if value.high < 0 { -1 } else { value.high >> amount.low };
        self.join(">>", &value, &amount, true).ranged(low, high)
    }

    fn cast(&mut self, from: Ty, to: Ty, depth: usize) -> Expr {
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

    fn cast_text(&mut self, value: Expr, to: Ty) -> Expr {
        let text = format!("{} as {}", value.at(level::CAST), to.name());
        Expr { ends_with_type: true, ..Expr::primary(text).at_level(level::CAST) }
    }

    /// The expression, changed where it could leave an interval.
    pub(super) fn fitted(&mut self, expr: Expr, ty: Ty, low: i128, high: i128) -> Expr {
        if !ty.is_integer() || (expr.low >= low && expr.high <= high) {
            return expr;
        }
        let span = high + 1;
        if low == 0 && (span & high) == 0 && self.random.percent(50) {
            let mask = self.number(high, ty);
            return self.join("&", &expr, &mask, false).ranged(0, high);
        }
        let symmetric = low <= -high || (low == 0 && expr.low >= 0);
        if symmetric && high > 0 && span <= ty.range().1 && self.random.percent(60) {
            let modulus = self.number(span, ty);
            return self.join("%", &expr, &modulus, false).ranged(if low == 0 { 0 } else { -high }, high);
        }
        let mut result = expr;
        if result.low < low {
            let bound = self.number(low, ty).text;
            let range = (low, result.high.max(low));
            result = self.method(&result, "max", &[bound]).ranged(range.0, range.1);
        }
        if result.high > high {
            let bound = self.number(high, ty).text;
            let range = (result.low.min(high), high);
            result = self.method(&result, "min", &[bound]).ranged(range.0, range.1);
        }
        result
    }

    /// The offset of a neighbour: constants, counters, offsets of windows, their sums and negations.
    pub(super) fn offset(&mut self) -> String {
        let known: Vec<(String, Offset)> = self
            .variables
            .iter()
            .enumerate()
            .filter(|(position, variable)| {
                let hidden = self.variables[position + 1..].iter().any(|later| later.name == variable.name);
                variable.offset != Offset::No && !hidden
            })
            .map(|(_, variable)| (variable.name.clone(), variable.offset))
            .collect();
        let constant = |generator: &mut Generator| {
            let far = generator.random.percent(5);
            let value = if far { generator.random.between(-70, 70) } else { generator.random.between(-3, 3) };
            value.to_string()
        };
        if self.random.percent(12) {
            // Whatever it is, its bounds can be told from the text.
            let value = self.leaf(Ty::I32);
            return match self.random.below(3) {
                0 => format!("{}.min(3).max(-2)", value.at(level::PRIMARY)),
                1 => format!("{} % 4", value.at(12)),
                _ => format!("({} & 3) - 1", value.at(10)),
            };
        }
        if known.is_empty() || self.random.percent(40) {
            return constant(self);
        }
        let (name, offset) = self.random.pick(&known).clone();
        match (offset, self.random.below(5)) {
            (_, 0) => format!("-{name}"),
            (Offset::Free, 1) => format!("{name} + {}", constant(self).replace('-', "")),
            (Offset::Free, 2) => format!("{} - {name}", constant(self)),
            _ => name,
        }
    }

    /// A voxel of the window or line, a window reduced, or an element of a buffer.
    fn access(&mut self, ty: Ty) -> Option<Expr> {
        if let Some(expr) = self.buffer_element(ty) {
            return Some(expr);
        }
        let (name, element) = self.image.clone()?;
        if self.class == kernwerk_codegen::ir::Class::Gather {
            return self.sample(&name, element, ty);
        }
        let separable = self.class == kernwerk_codegen::ir::Class::Separable;
        let (low, high) = element.range();
        let choice = self.random.below(10);
        if ty == Ty::F32 && choice == 0 && !self.weights.is_empty() && element == Ty::F32 {
            let weights = self.random.pick(&self.weights.clone()).clone();
            return Some(Expr::primary(format!("{name}.weighted_sum({weights})")));
        }
        if ty == Ty::F32 && choice == 1 && !self.views.is_empty() {
            let view = self.random.pick(&self.views.clone()).clone();
            return Some(Expr::primary(format!("{}.count()", view.text)));
        }
        if ty != element {
            return None;
        }
        let text = match choice {
            0 | 1 => format!("{name}.center()"),
            2..=5 if separable => format!("{name}.at({})", self.offset()),
            2..=5 => format!("{name}.at({}, {}, {})", self.offset(), self.offset(), self.offset()),
            _ if self.views.is_empty() => format!("{name}.center()"),
            _ => {
                let view = self.random.pick(&self.views.clone()).clone();
                let reducers: &[&str] = if element == Ty::F32 {
                    &["sum", "sum", "min", "max", "median"]
                } else {
                    &["min", "max", "median"]
                };
                format!("{}.{}()", view.text, self.random.pick(reducers))
            }
        };
        Some(Expr::primary(text).ranged(low, high))
    }

    /// The source of a gather, at a voxel or between voxels.
    fn sample(&mut self, name: &str, element: Ty, ty: Ty) -> Option<Expr> {
        if ty != element {
            return None;
        }
        let methods: &[&str] =
            if element == Ty::F32 { &["at", "nearest", "linear", "linear", "cubic"] } else { &["at", "nearest"] };
        let method = *self.random.pick(methods);
        let places: Vec<String> = (0..3)
            .map(|_| {
                if method == "at" {
                    let place = self.expr(Ty::I32, 1);
                    self.fitted(place, Ty::I32, -100_000, 100_000).text
                } else if self.random.percent(70) {
                    let place = self.leaf(Ty::I32);
                    let scale = *self.random.pick(&["0.5", "0.37", "1.0", "-1.25", "3.0"]);
                    format!("{} as f32 * {scale}", place.at(level::CAST))
                } else {
                    self.expr(Ty::F32, 1).text
                }
            })
            .collect();
        let (low, high) = element.range();
        Some(Expr::primary(format!("{name}.{method}({})", places.join(", "))).ranged(low, high))
    }

    fn buffer_element(&mut self, ty: Ty) -> Option<Expr> {
        let readable = |use_: BufferUse| !matches!(use_, BufferUse::Shared(..));
        let fitting: Vec<_> =
            self.buffers.iter().filter(|buffer| buffer.ty == ty && readable(buffer.use_)).cloned().collect();
        if fitting.is_empty() {
            return None;
        }
        let buffer = self.random.pick(&fitting).clone();
        let (low, high) = ty.range();
        let (method, index) = match buffer.use_ {
            BufferUse::Own(factor) => ("load", self.own_index(factor)),
            BufferUse::Read(Extent::Items(factor)) => ("get", self.own_index(factor)),
            BufferUse::Read(Extent::Fixed(len)) | BufferUse::Shared(_, len) => ("get", self.any_index(len)),
        };
        Some(Expr::primary(format!("{}.{method}({index})", buffer.name)).ranged(low, high))
    }

    /// The index of an element that belongs to the item.
    pub(super) fn own_index(&mut self, factor: usize) -> String {
        let at = self.sources.iter().find_map(|source| source.text.strip_suffix(".index()")).unwrap_or("at").to_owned();
        let base = if self.random.percent(30) {
            format!(
                "((({at}.n() * {at}.extent_z() + {at}.z()) * {at}.extent_y() + {at}.y()) * {at}.extent_x() + {at}.x())"
            )
        } else {
            format!("{at}.index()")
        };
        if factor == 1 {
            return base;
        }
        match self.random.below(3) {
            0 => format!("{base} * {factor}"),
            1 => format!("{base} * {factor}usize + {}", self.random.below(factor)),
            _ => {
                let value = self.expr(Ty::Usize, 1);
                let part = self.fitted(value, Ty::Usize, 0, factor as i128 - 1);
                format!("{base} * {factor} + {}", part.at(12))
            }
        }
    }

    /// The index of an element of a local array, below its length by what the text says.
    pub(super) fn element_index(&mut self, length: usize) -> String {
        let counters: Vec<String> = self
            .variables
            .iter()
            .filter(|variable| variable.ty == Ty::Usize && !variable.mutable)
            .map(|variable| variable.name.clone())
            .collect();
        match self.random.below(4) {
            0 if !counters.is_empty() => format!("{} % {length}", self.random.pick(&counters)),
            1 => {
                let value = self.literal(Ty::U32);
                format!("({} % {length}) as usize", value.text)
            }
            _ => self.random.below(length).to_string(),
        }
    }

    /// An index below a bound.
    pub(super) fn any_index(&mut self, len: usize) -> String {
        let value = self.expr(Ty::Usize, 2);
        self.fitted(value, Ty::Usize, 0, len as i128 - 1).text
    }
}

/// What `& | ^` can give.
fn bits_range(operator: &str, a: &Expr, b: &Expr, ty: Ty) -> (i128, i128) {
    let (type_low, type_high) = ty.range();
    let reach = a.low.abs().max(a.high.abs()).max(b.low.abs()).max(b.high.abs());
    let all = ((reach + 1) as u128).next_power_of_two() as i128 - 1;
    if a.low >= 0 && b.low >= 0 {
        return if operator == "&" { (0, a.high.min(b.high)) } else { (0, all.min(type_high)) };
    }
    ((-all - 1).max(type_low), all.min(type_high))
}
