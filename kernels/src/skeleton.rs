//! Thinning of masks, picture by picture.
//!
//! Input: a mask, packed into words of 32 voxels along x ([`crate::components`]). A round has two halves; in each,
//! every set pixel looks up in a table of 256 neighbourhoods whether it goes. Invariant: a half reads what the half
//! before left and nothing else, so that the order of pixels does not matter. A round after one that changed nothing
//! does nothing, so that rounds are launched in groups ([`reconstruction`](mod@crate::reconstruction)).
//!
//! Floors: a half reads and writes an eighth of a byte for each pixel, and looks up the pixels that are set and have a
//! neighbour that is not.

use crate::catalogue::family;
use crate::components::{Words, packed_as};
use crate::prelude::*;
use crate::reconstruction::until_stable;

/// Half a round of thinning: sets pixels to 0 whose entry in the table has the bit `half`. Bits of an index are the
/// neighbours from the right one on, against the clock; pixels outside the image are not set.
#[gpu_op(grid)]
pub fn thin_words(
    at: Item,
    source: Read<u32>,
    table: Read<u32>,
    changes: Global<u32>,
    target: Write<u32>,
    half: u32,
    round: u32,
) {
    let before = if round > 0 { round - 1 } else { 0 };
    if round == 0 || changes.load(before as usize) != 0 {
        let i = at.index();
        let word = source.get(i);
        let mut left = word;
        if word != 0 {
            let row = at.extent_x();
            let has_left = at.x() > 0;
            let has_right = at.x() + 1 < at.extent_x();
            let mut rows = [0u32; 9];
            for k in 0..3usize {
                let exists = at.y() + k >= 1 && at.y() + k <= at.extent_y();
                if exists {
                    let j = i + k * row - row;
                    let here = source.get(j);
                    let word_before = if has_left { source.get(j - 1) } else { 0 };
                    let word_after = if has_right { source.get(j + 1) } else { 0 };
                    rows[3 * k] = (here << 1u32) | (word_before >> 31u32);
                    rows[3 * k + 1] = here;
                    rows[3 * k + 2] = (here >> 1u32) | (word_after << 31u32);
                }
            }
            let around = [rows[5], rows[2], rows[1], rows[0], rows[3], rows[6], rows[7], rows[8]];
            let mut inner = word;
            for k in 0..8usize {
                inner &= around[k];
            }
            let mut rest = word & !inner;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest = rest & (rest - 1);
                let mut index = 0u32;
                for k in 0..8usize {
                    index |= ((around[k] >> bit) & 1) << k as u32;
                }
                if (table.get(index as usize) >> half) & 1 != 0 {
                    left &= !(1u32 << bit);
                }
            }
        }
        if left != word {
            changes.store(round as usize, 1);
        }
        target.store(i, left);
    }
}

/// The voxels of packed words.
#[gpu_op(grid)]
pub fn unpack_words(at: Item, words: Read<u32>, result: Write<bool>, per_row: u32) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let word = words.get(row * per_row as usize + at.x() / 32);
    result.store(at.index(), (word >> (at.x() as u32 & 31)) & 1 != 0);
}

/// The eight neighbours of an index of a table, from the right one on, against the clock.
fn neighbours(index: usize) -> [bool; 8] {
    std::array::from_fn(|k| index >> k & 1 != 0)
}

fn table(goes: impl Fn(usize) -> [bool; 2]) -> Vec<u32> {
    (0..256).map(|index| goes(index).iter().rev().fold(0, |bits, &half| 2 * bits + u32::from(half))).collect()
}

/// Where the table of scikit-image and ImageJ differs from the rule of Zhang and Suen: the indices that go in neither
/// half, in the first, in the second, and in both. Some pairs of neighbours keep a pixel, so that slanted lines keep
/// their ends; corners of lines along the axes go.
const EXCEPTIONS: [&[usize]; 4] = [
    &[0x18, 0xc0],
    &[0x03, 0x06, 0x07, 0x0c, 0x0d, 0x16, 0x1c, 0x34, 0x36, 0x58],
    &[0x30, 0x60, 0x61, 0x63, 0x70, 0x81, 0x85, 0xc1, 0xd0],
    &[0x05, 0x14, 0x41, 0x50],
];

/// Zhang and Suen (1984): a pixel goes if it has two to six neighbours, which are connected, and, in the first half,
/// nothing to the right, or nothing below, or nothing above and to the left; in the second half the other way round.
fn zhang_suen(index: usize) -> [bool; 2] {
    if let Some(which) = EXCEPTIONS.iter().position(|indices| indices.contains(&index)) {
        return [which & 1 != 0, which & 2 != 0];
    }
    let near = neighbours(index);
    let [right, _, above, _, left, _, below, _] = near;
    let steps = (0..8).filter(|&k| !near[k] && near[(k + 1) % 8]).count();
    let border = (2..=6).contains(&index.count_ones()) && steps == 1;
    let first = !(right && below && (above || left));
    let second = !(above && left && (right || below));
    [border && first, border && second]
}

/// Guo and Hall's rule as of Lam, Lee and Suen (1992): a pixel goes if its neighbours are connected, it is no end of a
/// line, and, in the first half, it is not needed above and to the right, in the second below and to the left.
fn guo_hall(index: usize) -> [bool; 2] {
    let x = neighbours(index);
    let crossings = (0..4).filter(|&i| !x[2 * i] && (x[2 * i + 1] || x[(2 * i + 2) % 8])).count();
    let pairs = |shift: usize| (0..4).filter(|&i| x[2 * i + shift] || x[(2 * i + 1 + shift) % 8]).count();
    let ends = pairs(0).min(pairs(1));
    let border = crossings == 1 && (2..=3).contains(&ends);
    let first = !((x[1] || x[2] || !x[7]) && x[0]);
    let second = !((x[5] || x[6] || !x[3]) && x[4]);
    [border && first, border && second]
}

/// Thins every plane by a table, until nothing changes or for a number of rounds.
fn thinned(context: &Context, mask: &AnyImage, table: &[u32], most: Option<u32>) -> Result<Image<u8>> {
    let Domain { batch, extent: [width, height, depth] } = Domain::of(mask);
    let voxels = Domain { batch: batch * depth, extent: [width, height, 1] };
    let Words { domain, words, per_row } = packed_as(context, mask, voxels, false)?;
    let other = context.unset::<u32>(words.len())?;
    let table = context.upload_buffer(table)?;
    let whole_round = |changes: &Buffer<u32>, round: u32| {
        thin_words(context, domain, &words, &table, changes, &other, 0, round)?;
        thin_words(context, domain, &other, &table, changes, &words, 1, round)
    };
    match most {
        None => until_stable(context, whole_round)?,
        Some(rounds) => {
            let changes = context.buffer::<u32>(rounds.max(1) as usize)?;
            (0..rounds).try_for_each(|round| whole_round(&changes, round))?;
        }
    }
    let result = context.unset_like::<u8>(mask)?;
    unpack_words(context, voxels, &words, &result, per_row)?;
    Ok(result)
}

/// Thins the objects of a mask to lines of one pixel (Zhang and Suen), plane by plane.
///
/// Border pixels go in two alternating halves of a round, those at the lower right and those at the upper left, until
/// nothing changes; each half decides about all pixels at once. Lines stay connected, and their ends where they are
/// when they are one pixel wide. Pixels outside the image are not set. Planes of a stack and images of a batch are
/// thinned each for itself. The cost grows with the width of the widest object.
///
/// Zhang, T. & Suen, C. (1984). A fast parallel algorithm for thinning digital patterns. Communications of the ACM
/// 27(3), 236–239; with the changes to 25 of the 256 neighbourhoods that ImageJ made and scikit-image has.
///
/// # Names
/// - `skimage.morphology.skeletonize`: same for pictures (`method="zhang"`); a stack is thinned in 3-D there
///   (`method="lee"`), and plane by plane here.
/// - `clesperanto.skeletonize`: that one removes pixels in another order; the lines differ by a pixel.
/// - `imagej.skeletonize`: the same method with two entries of the table more, and its own treatment of the border.
#[gpu_op(procedure, family = "binary")]
pub fn skeletonize(context: &Context, mask: AnyImage) -> Result<Image<u8>> {
    thinned(context, &mask, &table(zhang_suen), None)
}

/// Thins the objects of a mask (Guo and Hall), plane by plane, until they are lines or for a number of rounds.
///
/// Border pixels that connect nothing and end no line go in two alternating halves of a round; each half decides about
/// all pixels at once. 0 rounds (`max_iterations`, the default) stands for as many as change anything. Pixels outside
/// the image are not set. Planes of a stack and images of a batch are thinned each for itself.
///
/// Guo, Z. & Hall, R. (1989), Parallel thinning with two-subiteration algorithms, Communications of the ACM 32(3),
/// 359–373, as in Lam, L., Lee, S.-W. & Suen, C. (1992), Thinning methodologies, IEEE Transactions on Pattern Analysis
/// 14(9), 869–885, page 879.
///
/// # Names
/// - `skimage.morphology.thin`: same; `max_num_iter` is `max_iterations`. Pictures only there.
/// - `cucim.skimage.morphology.thin`: same.
/// - `matlab.bwmorph`: with `thin`, same.
#[gpu_op(procedure, family = "binary")]
pub fn thin(
    context: &Context,
    mask: AnyImage,
    #[param(default = 0, range = 0..=1000000, optional)] max_iterations: u32,
) -> Result<Image<u8>> {
    thinned(context, &mask, &table(guo_hall), Some(max_iterations).filter(|&rounds| rounds > 0))
}

family! {
    operations: [skeletonize, thin],
    kernels: [thin_words, unpack_words],
}
