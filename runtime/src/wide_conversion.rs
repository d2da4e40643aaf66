//! Conversions that 32 bits are too few for: f64 into integers, u64 and i64 into each other and into f64.
//!
//! Bodies compute in 32 bits or in an image's own type, never in two types of 64. So values go through here as pairs of
//! words, the lower one first, in integer arithmetic: no device needs to compute in f64 for it, and all of them give the
//! same bits.
//!
//! Floors: 16 bytes are moved for each value; some 40 instructions.
//!
//! Invariant: what comes out is the value itself, rounded once where the target cannot hold it, and saturated.

use kernwerk_macros::{gpu_fn, gpu_op};

use crate::context::{Context, Domain};
use crate::lang::{Item, Read, Write};
use crate::{AnyImage, DType, Result};

/// A number of 64 bits, high and low word, times 2^`by` for `by` below 64; what goes beyond the highest bit is lost.
#[gpu_fn]
pub(crate) fn shifted_left(high: u32, low: u32, by: u32) -> (u32, u32) {
    if by == 0 {
        (high, low)
    } else if by < 32 {
        ((high << by) | (low >> (32 - by)), low << by)
    } else {
        (low << (by - 32), 0)
    }
}

/// The same over 2^`by`, without what is left over.
#[gpu_fn]
pub(crate) fn shifted_right(high: u32, low: u32, by: u32) -> (u32, u32) {
    if by == 0 {
        (high, low)
    } else if by < 32 {
        (high >> by, (low >> by) | (high << (32 - by)))
    } else {
        (0, high >> (by - 32))
    }
}

/// A number of 64 bits with the other sign.
#[gpu_fn]
pub(crate) fn negated(high: u32, low: u32) -> (u32, u32) {
    ((!high).wrapping_add(if low == 0 { 1 } else { 0 }), 0u32.wrapping_sub(low))
}

/// f64 as u64, or as i64 where `signed`: towards zero or to the `nearest`, halves to even; saturated, and NaN becomes 0.
#[gpu_op(grid)]
pub fn whole_of_f64(at: Item, input: Read<u32>, output: Write<u32>, signed: bool, nearest: bool) {
    let i = 2 * at.index();
    let (word, low) = (input.get(i + 1), input.get(i));
    let negative = word >> 31 == 1;
    let exponent = (word >> 20) & 0x7ff;
    let high = word & 0x000f_ffff;
    let nan = exponent == 0x7ff && (high | low) != 0;
    // The value is a number of 53 bits times 2^(exponent - 1075). Below 2⁻¹ nothing of it is left.
    let (mut whole_high, mut whole_low) = (0u32, 0u32);
    let mut over = false;
    if exponent > 1075 + 11 {
        over = true;
    } else if exponent >= 1075 {
        let (a, b): (u32, u32) = shifted_left(high | 0x0010_0000, low, exponent - 1075);
        whole_high = a;
        whole_low = b;
    } else if exponent >= 1022 {
        let right = 1075 - exponent;
        let (a, b): (u32, u32) = shifted_right(high | 0x0010_0000, low, right);
        // What is left over, as bits behind the point.
        let (rest, rest_low): (u32, u32) = shifted_left(high | 0x0010_0000, low, 64 - right);
        let half = rest == 0x8000_0000 && rest_low == 0;
        let up = nearest && (if half { b & 1 == 1 } else { rest >= 0x8000_0000 });
        whole_low = if up { b.wrapping_add(1) } else { b };
        whole_high = if up && whole_low == 0 { a + 1 } else { a };
    }
    if signed {
        let (a, b): (u32, u32) = negated(whole_high, whole_low);
        let beyond = over || whole_high >> 31 == 1;
        let limit = if negative { 0x8000_0000u32 } else { 0x7fff_ffffu32 };
        let rest = if negative { 0u32 } else { 0xffff_ffffu32 };
        whole_high = if beyond { limit } else { if negative { a } else { whole_high } };
        whole_low = if beyond { rest } else { if negative { b } else { whole_low } };
    } else {
        whole_high = if negative { 0 } else { if over { 0xffff_ffff } else { whole_high } };
        whole_low = if negative { 0 } else { if over { 0xffff_ffff } else { whole_low } };
    }
    output.store(i, if nan { 0 } else { whole_low });
    output.store(i + 1, if nan { 0 } else { whole_high });
}

/// u64, or i64 where `signed`, as f64: the nearest, of two the even one.
#[gpu_op(grid)]
pub fn f64_of_whole(at: Item, input: Read<u32>, output: Write<u32>, signed: bool) {
    let i = 2 * at.index();
    let (word, word_low) = (input.get(i + 1), input.get(i));
    let negative = signed && word >> 31 == 1;
    let (a, b): (u32, u32) = negated(word, word_low);
    let size = if negative { a } else { word };
    let size_low = if negative { b } else { word_low };
    let zeros = if size == 0 { 32 + size_low.leading_zeros() } else { size.leading_zeros() };
    let (mut high, mut low) = (0u32, 0u32);
    if zeros < 64 {
        // The highest bit is the highest of 64 now. 53 of them stay, the first of which counts one for the exponent.
        let (top, top_low): (u32, u32) = shifted_left(size, size_low, zeros);
        let (mantissa, mantissa_low): (u32, u32) = shifted_right(top, top_low, 11u32);
        let rest = top_low & 0x7ff;
        let up = if rest == 0x400 { mantissa_low & 1 == 1 } else { rest > 0x400 };
        low = if up { mantissa_low.wrapping_add(1) } else { mantissa_low };
        let carry = if up && low == 0 { 1u32 } else { 0u32 };
        let sign = if negative { 0x8000_0000u32 } else { 0u32 };
        high = sign + ((1023 + 62 - zeros) << 20) + mantissa + carry;
    }
    output.store(i, low);
    output.store(i + 1, high);
}

/// u64 as i64, or i64 as u64 where `signed`; saturated.
#[gpu_op(grid)]
pub fn whole_of_other_sign(at: Item, input: Read<u32>, output: Write<u32>, signed: bool) {
    let i = 2 * at.index();
    let (high, low) = (input.get(i + 1), input.get(i));
    let beyond = high >> 31 == 1;
    output.store(i, if beyond { if signed { 0 } else { 0xffff_ffff } } else { low });
    output.store(i + 1, if beyond { if signed { 0 } else { 0x7fff_ffff } } else { high });
}

/// The image as u64, i64 or f64 where that takes what a body of 32 bits does not have; of what f64 become, the fraction is cut
/// unless the `nearest` is asked for. `None` where the store rules alone give the value.
pub(crate) fn between(context: &Context, image: &AnyImage, to: DType, nearest: bool) -> Result<Option<AnyImage>> {
    let from = image.dtype();
    let signed = from == DType::I64;
    let whole = |dtype| matches!(dtype, DType::U64 | DType::I64);
    let run = |to: DType, launch: &dyn Fn(Domain, &AnyImage) -> Result<()>| {
        let result = AnyImage::allocate(context.device(), to, image.frame().clone())?;
        launch(Domain::of(image), &result)?;
        Ok(Some(result))
    };
    match to {
        _ if from == DType::F64 && to.is_integer() => {
            // What is narrower comes of i64, which holds all of it.
            let signed = to != DType::U64;
            let wide = if signed { DType::I64 } else { DType::U64 };
            run(wide, &|items, result| whole_of_f64(context, items, &image.words(), &result.words(), signed, nearest))
        }
        DType::F64 if whole(from) => {
            run(to, &|items, result| f64_of_whole(context, items, &image.words(), &result.words(), signed))
        }
        _ if whole(from) && whole(to) => {
            run(to, &|items, result| whole_of_other_sign(context, items, &image.words(), &result.words(), signed))
        }
        _ => Ok(None),
    }
}
