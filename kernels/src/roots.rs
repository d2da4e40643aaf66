//! Roots of unity on the host, and lengths that transforms like.
//!
//! Invariant: nothing here calls the platform's mathematics, so that a table has the same bits everywhere.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::sync::{Arc, Mutex, OnceLock};

/// Cosine and sine of `numerator / denominator` of a full turn.
///
/// The angle is brought into the first eighth of a turn in whole numbers; there the Taylor series, cut after x¹⁶ and
/// x¹⁷, is below 2⁻⁵³.
pub(crate) fn turn(numerator: u64, denominator: u64) -> (f64, f64) {
    let eighths = u128::from(numerator % denominator) * 8;
    let (octant, rest) = (eighths / u128::from(denominator), eighths % u128::from(denominator));
    // Odd eighths are walked from their end.
    let part = if octant.is_multiple_of(2) { rest } else { u128::from(denominator) - rest };
    let x = TAU / 8.0 * (part as f64 / denominator as f64);
    let square = x * x;
    let series = |first: u32| {
        (0..8u32).rev().fold(1.0, |sum, k| {
            let n = f64::from(2 * k + first);
            1.0 - square / (n * (n + 1.0)) * sum
        })
    };
    let (cos, sin) = (series(1), x * series(2));
    match octant {
        0 => (cos, sin),
        1 => (sin, cos),
        2 => (-sin, cos),
        3 => (-cos, sin),
        4 => (-cos, -sin),
        5 => (-sin, -cos),
        6 => (sin, -cos),
        _ => (cos, -sin),
    }
}

/// Cosine and sine of any number of turns.
pub(crate) fn turns(number: f64) -> (f64, f64) {
    // What a number of turns has below 2⁻⁵³ is nothing that an f64 around 1 would tell.
    let fraction = number - number.floor();
    turn((fraction * 9_007_199_254_740_992.0) as u64, 1 << 53)
}

/// What a table holds, for a length.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Table {
    Roots,
    Chirp,
    /// With the length of the line.
    ChirpLine(usize),
}

/// The table of a kind and length: made once, and the same `Arc` while it is in use, so that devices keep it too.
fn kept(table: Table, len: usize, make: impl FnOnce() -> Vec<f32>) -> Arc<Vec<f32>> {
    type Tables = HashMap<(Table, usize), Arc<Vec<f32>>>;
    static TABLES: OnceLock<Mutex<Tables>> = OnceLock::new();
    match TABLES.get_or_init(Mutex::default).lock() {
        Ok(mut tables) => {
            // A service that sees images of every size does not keep a table for each.
            if tables.len() >= 64 {
                tables.clear();
            }
            tables.entry((table, len)).or_insert_with(|| Arc::new(make())).clone()
        }
        Err(_) => Arc::new(make()),
    }
}

/// `exp(-2πi·t/len)` for all t below `len`: real and imaginary parts in turn.
pub(crate) fn roots(len: usize) -> Arc<Vec<f32>> {
    let root = |t: usize| {
        let (cos, sin) = turn(t as u64, len as u64);
        [cos as f32, -sin as f32]
    };
    kept(Table::Roots, len, || (0..len).flat_map(root).collect())
}

/// `exp(-πi·j²/len)` for all j below `len`: real and imaginary parts in turn.
pub(crate) fn chirp(len: usize) -> Arc<Vec<f32>> {
    let factor = |j: usize| {
        let (cos, sin) = half_turns(j, len);
        [cos, -sin]
    };
    kept(Table::Chirp, len, || (0..len).flat_map(factor).collect())
}

/// The conjugates of [`chirp`] on a circle of `long` elements, backwards from its end too: all real parts, then all
/// imaginary parts.
pub(crate) fn chirp_line(len: usize, long: usize) -> Arc<Vec<f32>> {
    kept(Table::ChirpLine(long), len, || {
        let mut line = vec![0.0; 2 * long];
        for j in 0..len {
            let (cos, sin) = half_turns(j, len);
            for place in [j, (long - j) % long] {
                line[place] = cos;
                line[long + place] = sin;
            }
        }
        line
    })
}

fn half_turns(j: usize, len: usize) -> (f32, f32) {
    let (j, circle) = (j as u64, 2 * len as u64);
    let (cos, sin) = turn(j * j % circle, circle);
    (cos as f32, sin as f32)
}

/// The radices of the passes that transform a line of this length; `None` if a prime above 7 divides it.
pub(crate) fn radices(len: usize) -> Option<Vec<usize>> {
    let mut rest = len;
    let mut take = |factor: usize| {
        let mut count = 0;
        while rest.is_multiple_of(factor) {
            rest /= factor;
            count += 1;
        }
        count
    };
    let (twos, threes, fives, sevens) = (take(2), take(3), take(5), take(7));
    if rest != 1 {
        return None;
    }
    let mut radices = match twos {
        0 => vec![],
        1 => vec![2],
        2 => vec![4],
        5 => vec![8, 4],
        // 4a + 3b with as few passes as there can be.
        _ => {
            let passes = (twos + 3) / 4;
            let eights = 4 * passes - twos;
            [vec![16; passes - eights], vec![8; eights]].concat()
        }
    };
    radices.extend(
        std::iter::repeat_n(7, sevens).chain(std::iter::repeat_n(5, fives)).chain(std::iter::repeat_n(3, threes)),
    );
    Some(radices)
}

/// The length at least `len`, a multiple of `multiple`, whose passes take the least time: among those up to an eighth
/// longer than the shortest. Real rows, of an even length, are transformed as half as many pairs.
pub(crate) fn smooth(len: usize, multiple: usize) -> usize {
    let start = len.max(1).div_ceil(multiple) * multiple;
    // All passes move the same.
    let cost = |len: usize| radices(len).map(|passes| len * passes.len().max(1));
    let mut best: Option<(usize, usize)> = None;
    let mut end = usize::MAX;
    let mut next = start;
    while next <= end {
        if let Some(cost) = cost(next / multiple.min(2)) {
            end = end.min(next + next / 8);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, next));
            }
        }
        next += multiple;
    }
    best.map_or(start, |(_, len)| len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_those_of_the_platform() {
        for len in [1u64, 2, 3, 7, 8, 16, 97, 360, 4099] {
            for t in 0..len {
                let (cos, sin) = turn(t, len);
                // Less than half a turn, so that rounding the angle does not show.
                let signed = if 2 * t > len { t as f64 - len as f64 } else { t as f64 };
                let angle = TAU * signed / len as f64;
                assert!((cos - angle.cos()).abs() < 1e-15 && (sin - angle.sin()).abs() < 1e-15, "{t} / {len}");
                // Rounded to f32 the circle is closed and symmetric.
                let (back, down) = turn(len - t, len);
                assert_eq!([cos as f32, sin as f32], [back as f32, -down as f32], "{t} / {len}");
            }
        }
        assert_eq!((turn(1, 4), turn(1, 2), turn(3, 4)), ((0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)));
        for number in [0.0, 0.25, -0.25, 1.125, -7.3, 123.456] {
            let (cos, sin) = turns(number);
            let angle = TAU * (number - number.floor());
            assert!((cos - angle.cos()).abs() < 1e-15 && (sin - angle.sin()).abs() < 1e-15, "{number}");
        }
    }

    #[test]
    fn halves_of_the_circle_are_mirrored() {
        for half in [2usize, 8, 64, 320, 1024, 4096] {
            let table = roots(2 * half);
            for k in 1..half {
                let mirrored = [-table[2 * k], table[2 * k + 1]].map(f32::to_bits);
                let (first, second) = (table[2 * (half - k)], table[2 * (half - k) + 1]);
                assert!(2 * k == half || mirrored == [first, second].map(f32::to_bits), "{k} / {half}");
            }
            assert_eq!([table[2 * half], table[2 * half + 1]].map(f32::to_bits), [-1.0f32, 0.0].map(f32::to_bits));
        }
    }

    #[test]
    fn lengths_are_covered_by_passes() {
        for len in 1..5000 {
            let long = smooth(len, 1);
            assert!(long >= len && long <= len + len / 6 + 8, "{len}: {long}");
            assert_eq!(radices(long).unwrap().iter().product::<usize>(), long);
            let even = smooth(len, 2);
            assert!(even >= len && even.is_multiple_of(2) && radices(even / 2).is_some(), "{len}: {even}");
        }
        assert_eq!(radices(11), None);
        assert_eq!(radices(1024), Some(vec![16, 8, 8]));
    }
}
