//! Networks of minimum and maximum, as the texts have them: sorting networks of columns, and how often a plan compares.
//!
//! Input: numbers of keys. Output: comparators in order, or the model of a function of `rts/selection.h`. Invariant: a network is right for all
//! keys if it is right for all keys of 0 and 1 (Knuth, The Art of Computer Programming 3, 5.3.4); the tests go through these.

/// Comparators (i, j): the smaller key goes to i, the larger to j.
pub type Network = &'static [(usize, usize)];

/// The fewest comparators that sort that many keys, if they are known here (Knuth, 5.3.4; Codish et al. 2014).
pub fn sorting(keys: usize) -> Option<Network> {
    Some(match keys {
        3 => &[(0, 2), (0, 1), (1, 2)],
        5 => &[(0, 3), (1, 4), (0, 2), (1, 3), (0, 1), (2, 4), (1, 2), (3, 4), (2, 3)],
        7 => &[
            (0, 6),
            (2, 3),
            (4, 5),
            (0, 2),
            (1, 4),
            (3, 6),
            (0, 1),
            (2, 5),
            (3, 4),
            (1, 2),
            (4, 6),
            (2, 3),
            (4, 5),
            (1, 2),
            (3, 4),
            (5, 6),
        ],
        9 => &[
            (0, 3),
            (1, 7),
            (2, 5),
            (4, 8),
            (0, 7),
            (2, 4),
            (3, 8),
            (5, 6),
            (0, 2),
            (1, 3),
            (4, 5),
            (7, 8),
            (1, 4),
            (3, 6),
            (5, 7),
            (0, 1),
            (2, 4),
            (3, 5),
            (6, 8),
            (2, 3),
            (4, 5),
            (6, 7),
            (1, 2),
            (3, 4),
            (5, 6),
        ],
        _ => return None,
    })
}

/// What keys are compared as: numbers, or a count of the operations that reach them.
pub trait Comparing {
    /// A key.
    type Key: Copy;
    /// The smaller of two.
    fn low(&mut self, a: Self::Key, b: Self::Key) -> Self::Key;
    /// The larger of two.
    fn high(&mut self, a: Self::Key, b: Self::Key) -> Self::Key;
}

/// Ranks `low..high` of the keys of `a` and `b`, each of which are in order: the model of `kw_select`.
pub fn select<C: Comparing>(compare: &mut C, a: &[C::Key], b: &[C::Key], low: usize, high: usize) -> Vec<C::Key> {
    // Of a[i] and b[low - 1 - i] the smaller one is among the `low` smallest keys.
    let mut kept: Vec<_> = (0..a.len() + b.len() - low)
        .map(|k| match (k + low).checked_sub(b.len()) {
            None => b[b.len() - 1 - k],
            Some(i) if i >= low => a[i],
            Some(i) => compare.high(a[i], b[low - 1 - i]),
        })
        .collect();
    let mut distance = 64;
    while distance > 0 {
        for i in 0..kept.len().saturating_sub(distance) {
            if i & distance == 0 {
                let (first, second) = (kept[i], kept[i + distance]);
                kept[i] = compare.low(first, second);
                kept[i + distance] = compare.high(first, second);
            }
        }
        distance /= 2;
    }
    kept.truncate(high - low);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers;

    impl Comparing for Numbers {
        type Key = u8;
        fn low(&mut self, a: u8, b: u8) -> u8 {
            a.min(b)
        }
        fn high(&mut self, a: u8, b: u8) -> u8 {
            a.max(b)
        }
    }

    fn zeros_then_ones(zeros: usize, keys: usize) -> Vec<u8> {
        (0..keys).map(|i| u8::from(i >= zeros)).collect()
    }

    #[test]
    fn columns_are_sorted() {
        for keys in [3, 5, 7, 9] {
            for bits in 0..1u32 << keys {
                let mut values: Vec<_> = (0..keys).map(|i| bits >> i & 1).collect();
                for &(i, j) in sorting(keys).unwrap() {
                    (values[i], values[j]) = (values[i].min(values[j]), values[i].max(values[j]));
                }
                assert!(values.is_sorted(), "{keys} keys: {bits:b} became {values:?}");
            }
        }
    }

    /// Keys of 0 and 1 in order are one number each, so all pairs of lists are few.
    #[test]
    fn ranks_of_two_sorted_lists_are_selected() {
        for (a, b) in (0..=25).flat_map(|a| (0..=25).map(move |b| (a, b))).chain([
            (46, 20),
            (20, 46),
            (40, 40),
            (50, 50),
            (75, 50),
        ]) {
            let steps = if a + b > 50 { 7 } else { 1 };
            for low in (0..a + b).step_by(steps) {
                for (zeros_a, zeros_b) in (0..=a).flat_map(|a| (0..=b).map(move |b| (a, b))) {
                    let ranks =
                        select(&mut Numbers, &zeros_then_ones(zeros_a, a), &zeros_then_ones(zeros_b, b), low, a + b);
                    let expected = zeros_then_ones((zeros_a + zeros_b).saturating_sub(low), a + b - low);
                    assert_eq!(ranks, expected, "{a} and {b} keys with {zeros_a} and {zeros_b} zeros, from rank {low}");
                }
            }
        }
    }
}
