//! How global thresholds are chosen from a histogram.
//!
//! Input: counts of equal bins over an image's range. Output: a threshold, as a number in f64: pixels above it are
//! foreground. Invariant: +, −, ×, ÷, square root and [`precise`](crate::precise) only, sums in the order of the bins,
//! the first of equal optima wins.

use crate::precise::ln;
use crate::prelude::*;

/// The histogram of an image over its range.
pub(crate) struct Bins {
    /// How many voxels each bin holds; the first and the last hold some.
    pub(crate) counts: Vec<f64>,
    low: f64,
    width: f64,
}

/// A histogram that is smoothed until it has two peaks, and where these are.
struct Bimodal {
    smooth: Vec<f32>,
    peaks: [usize; 2],
}

impl Bins {
    pub(crate) fn new(counts: &[u32], low: f32, high: f32) -> Bins {
        let width = (f64::from(high) - f64::from(low)) / counts.len() as f64;
        Bins { counts: counts.iter().map(|&count| f64::from(count)).collect(), low: f64::from(low), width }
    }

    /// The value in the middle of a bin, or between bins.
    fn centre(&self, bin: f64) -> f64 {
        self.low + (bin + 0.5) * self.width
    }

    fn len(&self) -> usize {
        self.counts.len()
    }

    /// Shares of all voxels, and running sums of them.
    fn shares(&self) -> (Vec<f64>, Vec<f64>) {
        let total: f64 = self.counts.iter().sum();
        let shares: Vec<f64> = self.counts.iter().map(|count| count / total).collect();
        let mut below = 0.0;
        let sums = shares.iter().map(|share| {
            below += share;
            below
        });
        let sums = sums.collect();
        (shares, sums)
    }

    /// The centre of the bin with the largest criterion.
    fn best(&self, criterion: impl Fn(usize) -> f64) -> f64 {
        self.centre(first_largest(self.len() - 1, criterion) as f64)
    }

    /// Where a threshold is the mean of the means on both sides, to within a bin: the lowest such centre.
    pub(crate) fn isodata(&self) -> f64 {
        let total: f64 = self.counts.iter().sum();
        let weighted = |bin: usize| self.counts[bin] * self.centre(bin as f64);
        let all: f64 = (0..self.len()).map(weighted).sum();
        let (mut below, mut below_weighted) = (0.0, 0.0);
        let mut last = 0.0;
        for bin in 0..self.len() - 1 {
            below += self.counts[bin];
            below_weighted += weighted(bin);
            let middle = (below_weighted / below + (all - below_weighted) / (total - below)) / 2.0;
            let distance = middle - self.centre(bin as f64);
            if distance >= 0.0 {
                last = self.centre(bin as f64);
                if distance < self.width {
                    break;
                }
            }
        }
        last
    }

    /// The point of the histogram farthest from the line between its peak and the farther end.
    pub(crate) fn triangle(&self) -> f64 {
        let len = self.len();
        let peak = first_largest(len, |bin| self.counts[bin]);
        // From the end with the longer tail; whole numbers below 2⁵³, so that comparisons are exact.
        let flipped = peak < len - 1 - peak;
        let at = |bin: usize| if flipped { len - 1 - bin } else { bin };
        let width = at(peak);
        let height = self.counts[peak];
        let level = first_largest(width, |x| height * x as f64 - width as f64 * self.counts[at(x)]);
        self.centre(at(level) as f64)
    }

    /// Maximum correlation.
    pub(crate) fn yen(&self) -> f64 {
        let (shares, sums) = self.shares();
        // Sums of squares from either end, so that nothing cancels.
        let mut above = vec![0.0; self.len()];
        for bin in (0..self.len() - 1).rev() {
            above[bin] = above[bin + 1] + shares[bin + 1] * shares[bin + 1];
        }
        let mut below = 0.0;
        let mut criteria = Vec::with_capacity(self.len());
        for bin in 0..self.len() - 1 {
            below += shares[bin] * shares[bin];
            let product = sums[bin] * (1.0 - sums[bin]);
            criteria.push(product * product / (below * above[bin]));
        }
        self.best(|bin| criteria[bin])
    }

    /// Smooths with three equal weights until at most two peaks are left.
    fn bimodal(&self, operation: &str) -> Result<Bimodal> {
        const MOST: usize = 10_000;
        let mut smooth: Vec<f32> = self.counts.iter().map(|&count| count as f32).collect();
        let last = smooth.len() - 1;
        for _ in 0..MOST {
            let at = |bin: usize| f64::from(smooth[bin]);
            let mean = |bin: usize| (at(bin.max(1) - 1) + at(bin) + at((bin + 1).min(last))) / 3.0;
            smooth = (0..=last).map(|bin| mean(bin) as f32).collect();
            let peaks = peaks(&smooth);
            if let [first, second] = peaks[..] {
                return Ok(Bimodal { smooth, peaks: [first, second] });
            }
            if peaks.len() < 2 {
                break;
            }
        }
        Err(Error::Unsupported {
            operation: operation.into(),
            problem: "the histogram has no two peaks".into(),
            remedy: "use a threshold that does not need them, such as `threshold_otsu` or `threshold_triangle`".into(),
        })
    }

    /// The lowest place between two peaks.
    pub(crate) fn minimum(&self, operation: &str) -> Result<f64> {
        let Bimodal { smooth, peaks: [first, second] } = self.bimodal(operation)?;
        let lowest = first_largest(second - first + 1, |bin| -f64::from(smooth[first + bin]));
        Ok(self.centre((first + lowest) as f64))
    }

    /// Halfway between two peaks.
    pub(crate) fn intermodes(&self, operation: &str) -> Result<f64> {
        let [first, second] = self.bimodal(operation)?.peaks;
        Ok(self.centre((first + second) as f64 / 2.0))
    }

    /// The bin that maximises the entropies of order `order` on both sides.
    fn entropic(&self, shares: &[f64], sums: &[f64], order: f64) -> usize {
        let side = |shares: &[f64], sum: f64| -> f64 {
            let parts = shares.iter().filter(|share| **share > 0.0).map(|share| share / sum);
            if order == 1.0 {
                parts.map(|part| -part * ln(part)).sum()
            } else if order < 1.0 {
                ln(parts.map(f64::sqrt).sum()) / 0.5
            } else {
                -ln(parts.map(|part| part * part).sum())
            }
        };
        first_largest(self.len() - 1, |bin| {
            side(&shares[..=bin], sums[bin]) + side(&shares[bin + 1..], shares[bin + 1..].iter().sum())
        })
    }

    /// Largest sum of the entropies of both sides.
    pub(crate) fn maximum_entropy(&self) -> f64 {
        let (shares, sums) = self.shares();
        self.centre(self.entropic(&shares, &sums, 1.0) as f64)
    }

    /// Least difference of the information of both sides, each with the membership that falls off towards the threshold.
    pub(crate) fn shanbhag(&self) -> f64 {
        let (shares, below) = self.shares();
        let mut above = vec![0.0; shares.len()];
        for bin in (0..shares.len() - 1).rev() {
            above[bin] = above[bin + 1] + shares[bin + 1];
        }
        self.best(|bin| {
            let (dark, bright) = (0.5 / below[bin], 0.5 / above[bin]);
            let of_dark: f64 = (1..=bin).map(|k| -shares[k] * ln(1.0 - dark * below[k - 1])).sum();
            let of_bright: f64 = (bin + 1..shares.len()).map(|k| -shares[k] * ln(1.0 - bright * above[k])).sum();
            -(of_dark * dark - of_bright * bright).abs()
        })
    }

    /// Least error of two normal distributions; one that is narrower than a bin is as wide as that.
    pub(crate) fn minimum_error(&self) -> f64 {
        let (shares, _) = self.shares();
        // 2 · P · (ln σ − ln P), with the variance in squared bins.
        let side = |bins: std::ops::Range<usize>| -> f64 {
            let share: f64 = bins.clone().map(|bin| shares[bin]).sum();
            let mean = bins.clone().map(|bin| shares[bin] * bin as f64).sum::<f64>() / share;
            let squares: f64 = bins.map(|bin| shares[bin] * (bin as f64 - mean) * (bin as f64 - mean)).sum();
            share * ln((squares / share).max(1.0 / 12.0)) - 2.0 * share * ln(share)
        };
        self.best(|bin| -(side(0..bin + 1) + side(bin + 1..self.len())))
    }

    /// A mean of the thresholds by entropies of order 1/2, 1 and 2.
    pub(crate) fn renyi_entropy(&self) -> f64 {
        let (shares, sums) = self.shares();
        let mut bins = [0.5, 1.0, 2.0].map(|order| self.entropic(&shares, &sums, order));
        bins.sort_unstable();
        let [first, second, third] = bins;
        let weights = match (second - first <= 5, third - second <= 5) {
            (true, true) | (false, false) => [1.0, 2.0, 1.0],
            (true, false) => [0.0, 1.0, 3.0],
            (false, true) => [3.0, 1.0, 0.0],
        };
        let between = sums[third] - sums[first];
        let bin = first as f64 * (sums[first] + 0.25 * between * weights[0])
            + second as f64 * (0.25 * between * weights[1])
            + third as f64 * (1.0 - sums[third] + 0.25 * between * weights[2]);
        self.centre(bin)
    }

    /// The bin up to which the share of the darker of two levels reaches that have the first three moments of the histogram.
    pub(crate) fn moments(&self) -> f64 {
        let (shares, sums) = self.shares();
        let moment = |power: i32| -> f64 {
            let at = |bin: usize| (0..power).fold(1.0, |product, _| product * bin as f64);
            shares.iter().enumerate().map(|(bin, share)| at(bin) * share).sum()
        };
        let (first, second, third) = (moment(1), moment(2), moment(3));
        // The two levels are the roots of z² + b·z + c.
        let determinant = second - first * first;
        let c = (first * third - second * second) / determinant;
        let b = (first * second - third) / determinant;
        let root = (b * b - 4.0 * c).sqrt();
        let (dark, bright) = (0.5 * (-b - root), 0.5 * (-b + root));
        let share = (bright - first) / (bright - dark);
        let bin = sums.iter().position(|&sum| sum > share).unwrap_or(self.len() - 1);
        self.centre(bin as f64)
    }

    /// Least fuzziness: Shannon's entropy of how well each level fits to the mean of its side.
    pub(crate) fn huang(&self) -> f64 {
        let range = (self.len() - 1) as f64;
        let total: f64 = self.counts.iter().sum();
        let weighted = |bin: usize| self.counts[bin] * bin as f64;
        let all: f64 = (0..self.len()).map(weighted).sum();
        let (mut below, mut below_weighted) = (0.0, 0.0);
        // The entropy depends on the distance alone, in which there are as many logarithms as levels; here they are computed as they come.
        let fuzziness = |bins: std::ops::Range<usize>, mean: f64| -> f64 {
            let used = bins.filter(|&bin| self.counts[bin] > 0.0);
            let each = used.map(|bin| {
                let fit = 1.0 / (1.0 + (bin as f64 - mean).abs() / range);
                let rest = 1.0 - fit;
                let entropy = -fit * ln(fit) - (if rest > 0.0 { rest * ln(rest) } else { 0.0 });
                self.counts[bin] * entropy
            });
            each.sum()
        };
        let mut criteria = Vec::with_capacity(self.len());
        for bin in 0..self.len() - 1 {
            below += self.counts[bin];
            below_weighted += weighted(bin);
            let (dark, bright) = (below_weighted / below, (all - below_weighted) / (total - below));
            criteria.push(-fuzziness(0..bin + 1, dark) - fuzziness(bin + 1..self.len(), bright));
        }
        self.best(|bin| criteria[bin])
    }

    /// Otsu's criterion for several classes, over all ways to divide the histogram; `None` if fewer bins than classes
    /// hold voxels.
    pub(crate) fn multi_otsu(&self, classes: usize) -> Option<Vec<f64>> {
        let len = self.len();
        if self.counts.iter().filter(|count| **count > 0.0).count() < classes {
            return None;
        }
        let (shares, _) = self.shares();
        let mut sums = vec![(0.0, 0.0); len + 1];
        for (bin, share) in shares.iter().enumerate() {
            sums[bin + 1] = (sums[bin].0 + share, sums[bin].1 + share * (bin + 1) as f64);
        }
        // Between the classes: the sum of (Σ share · level)² / Σ share.
        let class = |from: usize, to: usize| -> f64 {
            let (share, moment) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
            if self.counts[from..to].iter().all(|count| *count == 0.0) { 0.0 } else { moment * moment / share }
        };
        let mut table = vec![0.0; len * (len + 1)];
        for from in 0..len {
            for to in from + 1..=len {
                table[from * (len + 1) + to] = class(from, to);
            }
        }
        let class = |from: usize, to: usize| table[from * (len + 1) + to];
        // The best division of the bins from `from` on into `left` more classes, and where its first class ends: the first of equal ones.
        let mut best: Vec<f64> = (0..len).map(|from| class(from, len)).collect();
        let mut ends: Vec<Vec<usize>> = Vec::new();
        for left in 2..=classes {
            let most = len + 1 - left;
            let choice: Vec<(f64, usize)> = (0..most)
                .map(|from| {
                    let value = |to: usize| class(from, to) + best[to];
                    let to = from + 1 + first_largest(most - from, |k| value(from + 1 + k));
                    (value(to), to)
                })
                .collect();
            best = choice.iter().map(|(value, _)| *value).collect();
            ends.push(choice.into_iter().map(|(_, to)| to).collect());
        }
        let mut from = 0;
        let thresholds = ends.iter().rev().map(|ends| {
            from = ends[from];
            self.centre((from - 1) as f64)
        });
        Some(thresholds.collect())
    }
}

/// The first number below `len` with the largest value.
fn first_largest(len: usize, value: impl Fn(usize) -> f64) -> usize {
    let (mut best, mut largest) = (0, f64::NEG_INFINITY);
    for k in 0..len {
        let value = value(k);
        if value > largest {
            (best, largest) = (k, value);
        }
    }
    best
}

/// Where a histogram stops rising.
fn peaks(smooth: &[f32]) -> Vec<usize> {
    let mut rising = true;
    let mut peaks = Vec::new();
    for (bin, pair) in smooth.windows(2).enumerate() {
        if rising && pair[1] < pair[0] {
            rising = false;
            peaks.push(bin);
        } else if !rising && pair[1] > pair[0] {
            rising = true;
        }
    }
    peaks
}
