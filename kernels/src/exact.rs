//! Mean and standard deviation of exact sums.
//!
//! Input: sums as integers of 32-bit words, the lowest first. Output: f64. Invariant: nothing is rounded before the
//! last steps; the numerator of the variance is an integer and cannot be negative (Cauchy and Schwarz).

/// Words of the largest numbers: the products of the sums of [`label_sums`](crate::label_sums()), which have 22.
const MOST: usize = 24;

/// Mean and population standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

/// The moments of `count` numbers, from their sum, in two's complement and in units of 2^`unit`, and that of their
/// squares, in units of its square.
pub(crate) fn moments(sum: &[u32], squares: &[u32], count: u32, unit: i32) -> Moments {
    let negative = sum.last().is_some_and(|word| word >> 31 != 0);
    let negated = if negative { negated(sum) } else { [0; MOST] };
    let magnitude = if negative { &negated[..sum.len()] } else { sum };
    // count² · variance = count · squares - sum².
    let (size, scaled) = in_128_bits(magnitude, squares, count, unit).unwrap_or_else(|| {
        let sum = Natural::new(magnitude);
        let scaled = Natural::new(squares).times(&[count]).minus(&sum.times(sum.words()));
        (sum.to_f64(unit), scaled.to_f64(2 * unit))
    });
    let mean = size / f64::from(count);
    Moments { mean: if negative { -mean } else { mean }, deviation: scaled.sqrt() / f64::from(count) }
}

/// The sum and `count · squares - sum²`, each rounded once, where that fits into 128 bits: numbers that are not far
/// apart, which is common.
fn in_128_bits(sum: &[u32], squares: &[u32], count: u32, unit: i32) -> Option<(f64, f64)> {
    let zeros = |words: &[u32]| words.iter().position(|&word| word != 0).unwrap_or(words.len() - 1);
    let low = zeros(sum).min(zeros(squares) / 2);
    let narrow = |words: &[u32], most: usize| {
        let (near, far) = words.split_at(most.min(words.len()));
        let value = || near.iter().rev().fold(0, |value, &word| value << 32 | u128::from(word));
        far.iter().all(|&word| word == 0).then(value)
    };
    let (sum, squares) = (narrow(&sum[low..], 2)?, narrow(&squares[2 * low..], 3)?);
    let unit = unit + 32 * low as i32;
    let scaled = u128::from(count) * squares - sum * sum;
    Some((sum as f64 * power_of_two(unit), scaled as f64 * power_of_two(2 * unit)))
}

/// The two's complement of a negative number.
fn negated(words: &[u32]) -> [u32; MOST] {
    let mut result = [0; MOST];
    let mut carry = true;
    for (to, word) in result.iter_mut().zip(words) {
        (*to, carry) = (!word).overflowing_add(u32::from(carry));
    }
    result
}

/// A natural number; the words beyond `len` are 0, and the one before is not.
#[derive(Clone, Copy, Debug)]
struct Natural {
    words: [u32; MOST],
    len: usize,
}

impl Natural {
    fn new(words: &[u32]) -> Natural {
        let len = words.iter().rposition(|&word| word != 0).map_or(0, |last| last + 1);
        let mut natural = Natural { words: [0; MOST], len };
        natural.words[..len].copy_from_slice(&words[..len]);
        natural
    }

    fn words(&self) -> &[u32] {
        &self.words[..self.len]
    }

    fn times(&self, other: &[u32]) -> Natural {
        let mut product = [0; MOST];
        for (first, &word) in self.words().iter().enumerate().filter(|(_, word)| **word != 0) {
            let mut carry = 0;
            for (&with, to) in other.iter().zip(&mut product[first..]) {
                let sum = u64::from(word) * u64::from(with) + u64::from(*to) + carry;
                (*to, carry) = (sum as u32, sum >> 32);
            }
            // No earlier word has reached this one.
            if carry != 0 {
                product[first + other.len()] = carry as u32;
            }
        }
        Natural::new(&product)
    }

    /// The difference; `other` must not be larger.
    fn minus(&self, other: &Natural) -> Natural {
        let mut difference = self.words;
        let mut borrow = false;
        for (to, &word) in difference.iter_mut().zip(&other.words) {
            let (less, first) = to.overflowing_sub(word);
            let (less, second) = less.overflowing_sub(u32::from(borrow));
            (*to, borrow) = (less, first || second);
        }
        debug_assert!(!borrow, "the sum of squares is too small");
        Natural::new(&difference)
    }

    /// The number times 2^`exponent`, rounded once: it has to be in the range of normal f64.
    fn to_f64(self, exponent: i32) -> f64 {
        let low = self.len.saturating_sub(3);
        let high = self.words[low..self.len].iter().rev().fold(0_u128, |high, &word| high << 32 | u128::from(word));
        // The highest of three words is not 0, so that what lies below only decides between halves.
        let rest = self.words[..low].iter().any(|&word| word != 0);
        (high | u128::from(rest)) as f64 * power_of_two(exponent + 32 * low as i32)
    }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::{Moments, Natural, in_128_bits, moments};

    /// Sums of integers in units of 1, in as many words as f32 images have.
    fn sums(values: &[i64]) -> ([u32; 11], [u32; 21]) {
        let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
        let squares: i128 = values.iter().map(|&value| i128::from(value) * i128::from(value)).sum();
        let word = |number: i128, word: usize| (number >> (32 * word).min(127)) as u32;
        (std::array::from_fn(|k| word(sum, k)), std::array::from_fn(|k| word(squares, k)))
    }

    #[track_caller]
    fn check(values: &[i64], unit: i32, mean: f64, deviation: f64) {
        let (sum, squares) = sums(values);
        assert_eq!(moments(&sum, &squares, values.len() as u32, unit), Moments { mean, deviation });
    }

    #[test]
    fn short_numbers_take_the_short_way() {
        let numbers: Vec<i64> = (0..100).map(|k| (k * k * 7919) % 16_777_216).collect();
        let (sum, squares) = sums(&numbers);
        let short = in_128_bits(&sum, &squares, 100, -39).unwrap();
        let long = Natural::new(&sum);
        let scaled = Natural::new(&squares).times(&[100]).minus(&long.times(long.words()));
        assert_eq!(short, (long.to_f64(-39), scaled.to_f64(-78)));
        // The same 64 bits further up; and too long.
        let shifted: [u32; 11] = std::array::from_fn(|k| if k < 2 { 0 } else { sum[k - 2] });
        let shifted_squares: [u32; 21] = std::array::from_fn(|k| if k < 4 { 0 } else { squares[k - 4] });
        assert_eq!(in_128_bits(&shifted, &shifted_squares, 100, -39 - 64), Some(short));
        assert_eq!(in_128_bits(&[1, 0, 1], &[1, 0, 0, 0, 1], 1, 0), None);
        assert_eq!(in_128_bits(&[0; 3], &[0; 5], 7, 0), Some((0.0, 0.0)));
    }

    #[test]
    fn small_numbers() {
        check(&[2, 4, 4, 4, 5, 5, 7, 9], 0, 5.0, 2.0);
        check(&[-2, -4, -4, -4, -5, -5, -7, -9], 0, -5.0, 2.0);
        check(&[-3, 3], -1, 0.0, 1.5);
        check(&[0, 0, 0], -100, 0.0, 0.0);
        check(&[7], 3, 56.0, 0.0);
    }

    #[test]
    fn nothing_cancels() {
        let large = 1_i64 << 61;
        check(&[large, large, large], 0, large as f64, 0.0);
        check(&[large - 1, large + 1], 0, large as f64, 1.0);
        check(&[-large - 3, -large + 3], -167, -(large as f64) * 2.0_f64.powi(-167), 3.0 * 2.0_f64.powi(-167));
    }

    #[test]
    fn rounded_once() {
        // 2¹¹⁶ and half of the last of its 53 bits, which goes to the even side, unless there is more, however little.
        let halfway = |lowest| Natural::new(&[lowest, 1 << 31, 0, 1 << 20]).to_f64(0);
        assert_eq!(halfway(0), 2.0_f64.powi(116));
        assert_eq!(halfway(1), 2.0_f64.powi(116) * (1.0 + f64::EPSILON));
        assert_eq!(Natural::new(&[1, 0, 0, 1 << 20]).to_f64(-116), 1.0);
    }

    #[test]
    fn products() {
        let ones = Natural::new(&[u32::MAX; 3]);
        // (2⁹⁶ - 1)² = 2¹⁹² - 2⁹⁷ + 1.
        assert_eq!(ones.times(ones.words()).words(), [1, 0, 0, u32::MAX - 1, u32::MAX, u32::MAX]);
        assert_eq!(ones.times(&[0, 1]).words(), [0, u32::MAX, u32::MAX, u32::MAX]);
        assert_eq!(ones.minus(&ones).words(), [0; 0]);
        assert_eq!(Natural::new(&[0, 1]).minus(&Natural::new(&[1])).words(), [u32::MAX]);
    }
}
