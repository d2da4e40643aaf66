//! Images of made-up values, the same in every run and on every machine.

use half::f16;
use kernwerk_runtime::{Axes, DType, HostData, HostImage};

/// SplitMix64.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// A sequence.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A sequence for a name, such as an operation's.
    pub fn named(name: &str, number: u64) -> Random {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Random(hash ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// What an image holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// All of an integer type's range; numbers of many magnitudes up to 1000 for f32.
    Random,
    /// Half of it extremes, zeros, halves, NaN, infinities, subnormals.
    Special,
    /// Mostly 0, else 1 to 4: masks, seeds, plateaus.
    Sparse,
    /// 0 to 12 in runs, now and then with gaps: labels.
    Labels,
}

const SPECIAL_F32: [f32; 36] = [
    f32::NAN,
    f32::from_bits(0xffc0_0001),
    f32::INFINITY,
    f32::NEG_INFINITY,
    0.0,
    -0.0,
    f32::from_bits(1),
    f32::from_bits(0x8000_0001),
    1e-40,
    -3e-39,
    f32::MIN_POSITIVE,
    f32::MAX,
    f32::MIN,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.499_999_97,
    126.5,
    127.5,
    -128.5,
    254.5,
    255.5,
    65_534.5,
    65_535.5,
    -32_768.5,
    16_777_217.0,
    2_147_483_520.0,
    2_147_483_648.0,
    -2_147_483_648.0,
    -2_147_483_904.0,
    4_294_967_040.0,
    4_294_967_296.0,
    1e10,
    1.000_000_1,
];

const SPECIAL_INTEGERS: [i64; 24] = [
    -0x20_0000_0000_0001,
    0x7fff_ffff_ffff_fdff,
    i64::MIN,
    i64::MAX,
    0,
    1,
    -1,
    2,
    127,
    128,
    -128,
    255,
    256,
    32_767,
    32_768,
    -32_768,
    65_535,
    65_536,
    16_777_216,
    16_777_217,
    2_147_483_647,
    -2_147_483_647,
    2_147_483_649,
    4_294_967_294,
];

/// An image of this type, shape and content.
pub fn image(dtype: DType, axes: &str, shape: &[usize], values: Values, random: &mut Random) -> HostImage {
    let len = shape.iter().product();
    macro_rules! integers {
        ($variant:ident, $ty:ty) => {
            HostData::$variant(
                (0..len)
                    .map(|i| {
                        integer(values, i, random).map_or_else(
                            || random.bits() as $ty,
                            |value| i128::from(value).clamp(<$ty>::MIN.into(), <$ty>::MAX.into()) as $ty,
                        )
                    })
                    .collect(),
            )
        };
    }
    let data = match dtype {
        DType::U8 => integers!(U8, u8),
        DType::I8 => integers!(I8, i8),
        DType::U16 => integers!(U16, u16),
        DType::I16 => integers!(I16, i16),
        DType::U32 => integers!(U32, u32),
        DType::I32 => integers!(I32, i32),
        DType::F32 => HostData::F32((0..len).map(|i| float(values, i, random)).collect()),
        DType::U64 => integers!(U64, u64),
        DType::I64 => integers!(I64, i64),
        DType::F64 => HostData::F64((0..len).map(|i| double(values, i, random)).collect()),
        DType::F16 => HostData::F16((0..len).map(|i| f16::from_f32(float(values, i, random))).collect()),
    };
    let axes = Axes::new(axes).expect("the shapes of the tests have axes");
    HostImage::new(axes, shape, data).expect("as many values as the shape has voxels")
}

/// A value of an integer image; `None` for random bits.
fn integer(values: Values, index: usize, random: &mut Random) -> Option<i64> {
    match values {
        Values::Random => None,
        Values::Special if random.below(2) == 0 => None,
        Values::Special => Some(random.pick(&SPECIAL_INTEGERS)),
        Values::Sparse if random.below(10) < 7 => Some(0),
        Values::Sparse => Some(1 + random.below(4) as i64),
        Values::Labels if random.below(6) == 0 => Some(0),
        // Runs along x, so that labels touch; 9 and 10 are never used.
        Values::Labels => Some([1, 2, 3, 4, 5, 6, 7, 8, 11, 12][(index / 3 + random.below(2)) % 10]),
    }
}

/// As [`float`]; half of the numbers have bits that an f32 does not hold.
fn double(values: Values, index: usize, random: &mut Random) -> f64 {
    let value = f64::from(float(values, index, random));
    if value.is_finite() && matches!(values, Values::Random | Values::Special) && random.below(2) == 0 {
        return value * (1.0 + random.below(1 << 28) as f64 * f64::EPSILON);
    }
    value
}

fn float(values: Values, index: usize, random: &mut Random) -> f32 {
    let ordinary = |random: &mut Random| {
        let mantissa = (random.bits() >> 40) as f32 / 16_777_216.0 * 2.0 - 1.0;
        mantissa * [1000.0, 1000.0, 30.0, 1.0, 0.01][random.below(5)]
    };
    match values {
        Values::Random => ordinary(random),
        Values::Special if random.below(2) == 0 => ordinary(random),
        Values::Special => random.pick(&SPECIAL_F32),
        Values::Sparse | Values::Labels => integer(values, index, random).unwrap_or(0) as f32,
    }
}
