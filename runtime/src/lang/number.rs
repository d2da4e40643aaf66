//! Numbers that every element type's values are exact in: what parameters of type `Pixel` are given as.
//!
//! Invariant: a [`Number`] made of an integer of any element type, or of a float, is that number.

use std::cmp::Ordering;
use std::fmt;

/// A number that may be a value of any element type, exactly.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Whole(i128),
    /// Any number that an f64 holds.
    Float(f64),
}

impl Number {
    /// The nearest f64.
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Whole(whole) => whole as f64,
            Number::Float(float) => float,
        }
    }

    /// Whether it has no fraction.
    pub fn is_whole(self) -> bool {
        match self {
            Number::Whole(_) => true,
            Number::Float(float) => float.fract() == 0.0,
        }
    }

    /// The number that a text is. Whole ones that an i128 holds are exact, whatever their size.
    pub fn parse(text: &str) -> Option<Number> {
        match text.parse() {
            Ok(whole) if !is_negative_zero(text) => Some(Number::Whole(whole)),
            _ => text.parse().ok().map(Number::Float),
        }
    }
}

fn is_negative_zero(text: &str) -> bool {
    text.starts_with('-') && text.trim_start_matches(['-', '0']).is_empty()
}

/// NaN is like no number.
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        match (*self, *other) {
            (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(&b)),
            (Number::Whole(a), Number::Float(b)) => of_whole_and_float(a, b),
            (Number::Float(a), Number::Whole(b)) => of_whole_and_float(b, a).map(Ordering::reverse),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

fn of_whole_and_float(whole: i128, float: f64) -> Option<Ordering> {
    let floor = float.floor();
    if float.is_nan() {
        return None;
    }
    // Beyond i128 the conversion saturates, which keeps the order.
    let order = whole.cmp(&(floor as i128));
    Some(if order == Ordering::Equal && float > floor { Ordering::Less } else { order })
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(whole) => whole.fmt(f),
            Number::Float(float) => float.fmt(f),
        }
    }
}

macro_rules! number_from {
    ($variant:ident: $($ty:ty),*) => {$(
        impl From<$ty> for Number {
            fn from(value: $ty) -> Number {
                Number::$variant(value.into())
            }
        }
    )*};
}
number_from!(Whole: u8, i8, u16, i16, u32, i32, u64, i64, i128);
number_from!(Float: f32, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_any_size_are_exact() {
        assert_eq!(Number::parse("9223372036854775807"), Some(i64::MAX.into()));
        assert_ne!(Number::from(u64::MAX), Number::from(u64::MAX as f64));
        assert!(Number::from(u64::MAX) < Number::from(u64::MAX as f64));
        assert!(Number::from((1_u64 << 53) + 1) > Number::from((1_u64 << 53) as f64));
        assert_eq!(Number::from(7), Number::from(7.0));
        assert!(Number::from(7) < Number::from(7.5) && Number::from(-7) > Number::from(-7.5));
        assert!(
            Number::from(0) > Number::from(f64::NEG_INFINITY) && Number::from(i64::MAX) < Number::from(f64::INFINITY)
        );
        assert_eq!(Number::from(0).partial_cmp(&f64::NAN.into()), None);
        assert_eq!(Number::from(u64::MAX).to_string(), "18446744073709551615");
        assert!(matches!(Number::parse("-0"), Some(Number::Float(zero)) if zero.is_sign_negative()));
    }
}
