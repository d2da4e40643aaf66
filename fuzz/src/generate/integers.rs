//! Expressions of integer types, with the intervals of their values.
//!
//! Invariant: no value leaves its type, no divisor is 0, no shift is as wide as its type; operands are narrowed where that is needed.

use super::expr::{Expr, level};
use super::{Generator, Ty};

impl Generator {
    pub(super) fn integer(&mut self, ty: Ty, depth: usize) -> Expr {
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
    pub(super) fn index(&mut self, depth: usize) -> Expr {
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
    pub(super) fn arithmetic(&mut self, operator: &str, mut a: Expr, mut b: Expr, ty: Ty) -> Expr {
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

    pub(super) fn division(&mut self, operator: &str, mut a: Expr, mut b: Expr, ty: Ty) -> Expr {
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

    pub(super) fn shift(&mut self, ty: Ty, depth: usize) -> Expr {
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
