//! Random numbers that are the same on every machine: xoshiro256** (Blackman & Vigna 2021), seeded by SplitMix64.
//!
//! Invariant: what a generator returns depends on its seed and on the calls before, and on nothing else.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random([u64; 4]);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Random {
        let mut state = seed;
        Random(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        }))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let Random(s) = self;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `bound`, which is not 0. (Its bias, below 2⁻³² for the bounds in use, does not matter here.)
    pub fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }

    /// A number of a range with both ends.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = (high as i128 - low as i128 + 1) as u128;
        (low as i128 + (u128::from(self.bits()) % span) as i128) as i64
    }

    /// True with a probability in percent.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of some things with weights.
    pub fn weighted<'a, T>(&mut self, from: &'a [(usize, T)]) -> &'a T {
        let total: usize = from.iter().map(|(weight, _)| weight).sum();
        let mut chosen = self.below(total.max(1));
        for (weight, thing) in from {
            if chosen < *weight {
                return thing;
            }
            chosen -= weight;
        }
        &from[from.len() - 1].1
    }
}

/// A seed from a seed and a number: streams of different numbers have nothing to do with each other.
pub fn derived(seed: u64, number: u64) -> u64 {
    Random::new(seed ^ number.wrapping_mul(0xd134_2543_de82_ef95)).bits()
}
