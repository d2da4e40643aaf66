//! Which values become black and which white.

/// The range of values that is spread over the greys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Contrast {
    /// From one percentile to another, both in per cent. A few very bright pixels then do not darken the rest.
    Percentiles(f64, f64),
    /// From the smallest to the largest value.
    MinMax,
    /// Between two values.
    Range(f32, f32),
}

impl Default for Contrast {
    fn default() -> Contrast {
        Contrast::Percentiles(0.1, 99.9)
    }
}

impl Contrast {
    /// The range for these values. Infinities and values that are no number do not count.
    pub(super) fn range(self, values: &[f32]) -> (f32, f32) {
        if let Contrast::Range(low, high) = self {
            return (low, high);
        }
        let mut finite: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
        if finite.is_empty() {
            return (0.0, 1.0);
        }
        if let Contrast::Percentiles(low, high) = self {
            let mut at = |percent: f64| {
                let rank = (percent.clamp(0.0, 100.0) / 100.0 * (finite.len() - 1) as f64).round() as usize;
                *finite.select_nth_unstable_by(rank, f32::total_cmp).1
            };
            let range = (at(low), at(high));
            // A mask with few pixels has the same value at both: then every value counts.
            if range.0 < range.1 {
                return range;
            }
        }
        let extreme = |better: fn(f32, f32) -> f32| finite.iter().copied().reduce(better).unwrap_or(0.0);
        (extreme(f32::min), extreme(f32::max))
    }
}

/// The grey of a value: black at the lower end of the range and below, white at the upper and above. Where the range
/// is empty, what lies above zero is white: an image of ones is not an image of zeros. NaN is black.
pub(super) fn shade(value: f32, (low, high): (f32, f32)) -> u8 {
    if low >= high {
        return if value > high.max(0.0) || (value == high && value > 0.0) { 255 } else { 0 };
    }
    // Halves first: the difference of two large values may be no finite number.
    let position = (value * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5);
    (position.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_ignore_outliers() {
        let mut values: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
        values[5] = 1e30;
        values[6] = f32::NAN;
        let (low, high) = Contrast::Percentiles(1.0, 99.0).range(&values);
        assert!((low, high) == (12.0, 991.0), "{low} {high}");
        assert_eq!(Contrast::MinMax.range(&values), (0.0, 1e30));
    }

    #[test]
    fn sparse_masks_are_visible() {
        let mut mask = vec![0.0; 10_000];
        mask[77] = 1.0;
        let range = Contrast::default().range(&mask);
        assert_eq!((shade(0.0, range), shade(1.0, range)), (0, 255));
    }

    #[test]
    fn constant_and_odd_images() {
        assert_eq!(shade(0.0, Contrast::default().range(&[0.0; 4])), 0);
        assert_eq!(shade(1.0, Contrast::default().range(&[1.0; 4])), 255);
        assert_eq!(shade(f32::NAN, (0.0, 1.0)), 0);
        assert_eq!(Contrast::default().range(&[f32::NAN, f32::INFINITY]), (0.0, 1.0));
        assert_eq!(shade(f32::INFINITY, (0.0, 1.0)), 255);
        assert_eq!(shade(0.0, (f32::MIN, f32::MAX)), 128);
    }
}
