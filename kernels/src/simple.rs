//! Thinning of stacks: voxels are removed as long as that changes nothing about how things hang together.
//!
//! Input: a mask, packed into words of 32 voxels along x ([`crate::components`]). A voxel is simple if the object
//! around it is in one piece without it, and so is the background that it touches (objects with all 26 neighbours, the
//! background through faces). Of two simple voxels side by side only one may go at a time, so a step removes those of
//! one of eight classes, by the parity of x, y and z: voxels of a class are no neighbours. Invariant: what an item
//! reads of its class is only its own word, so that a step may work in place and does not depend on the order of items.
//!
//! Floors: a step reads and writes an eighth of a byte for each voxel; a round has 6 · 9 steps. The work is with the
//! few voxels that are candidates.
//!
//! Sources: Lee, T.-C., Kashyap, R. & Chu, C.-N. (1994), CVGIP: Graphical Models 56(6), 462–478 (six directions,
//! candidates that are looked at again); Bertrand, G. & Malandain, G. (1994), Pattern Recognition Letters 15(2),
//! 169–175 (simple voxels by topological numbers); Bertrand, G. & Aktouf, Z. (1994), SPIE 2356 (subfields).

use crate::catalogue::family;
use crate::components::{Words, packed};
use crate::prelude::*;
use crate::reconstruction::until_stable;
use crate::skeleton::unpack_words;

/// Whether a voxel may go: bit x + 3·y + 9·z of `around` is its neighbour at (x − 1, y − 1, z − 1), bit 13 is 0.
#[gpu_fn]
pub fn is_simple(around: u32) -> bool {
    // Where no step to the left, to the right, up or down is left in the box; the neighbours through faces, and those through faces and edges.
    let first_x = 0x0124_9249u32;
    let last_x = 0x0492_4924u32;
    let first_y = 0x001c_0e07u32;
    let last_y = 0x0703_81c0u32;
    let faces = 0x0041_5410u32;
    let edges = 0x02eb_deba_u32;
    let mut reached = around & 0u32.wrapping_sub(around);
    let mut growing = true;
    while growing {
        let along_x = reached | ((reached & !last_x) << 1u32) | ((reached & !first_x) >> 1u32);
        let along_y = along_x | ((along_x & !last_y) << 3u32) | ((along_x & !first_y) >> 3u32);
        let grown = (along_y | (along_y << 9u32) | (along_y >> 9u32)) & around;
        growing = grown != reached;
        reached = grown;
    }
    let whole = around != 0 && reached == around;
    let empty = !around & edges;
    let open = empty & faces;
    let mut found = open & 0u32.wrapping_sub(open);
    growing = whole;
    while growing {
        let along_x = ((found & !last_x) << 1u32) | ((found & !first_x) >> 1u32);
        let along_y = ((found & !last_y) << 3u32) | ((found & !first_y) >> 3u32);
        let grown = (found | along_x | along_y | (found << 9u32) | (found >> 9u32)) & empty;
        growing = grown != found;
        found = grown;
    }
    whole && open != 0 && found & open == open
}

/// Candidates: set voxels without a neighbour in one direction (a bit of `is_simple`), which have more than one
/// neighbour and may go.
#[gpu_op(grid)]
pub fn simple_candidates(
    at: Item,
    words: Read<u32>,
    changes: Read<u32>,
    candidates: Write<u32>,
    direction: u32,
    round: u32,
) {
    let before = if round > 0 { round - 1 } else { 0 };
    if round == 0 || changes.get(before as usize) != 0 {
        let i = at.index();
        let word = words.get(i);
        let mut found = 0u32;
        if word != 0 {
            let row = at.extent_x();
            let plane = row * at.extent_y();
            let mut around = [0u32; 27];
            for z in 0..3usize {
                for y in 0..3usize {
                    let on_y = at.y() + y >= 1 && at.y() + y <= at.extent_y();
                    let on_z = at.z() + z >= 1 && at.z() + z <= at.extent_z();
                    if on_y && on_z {
                        let j = i + y * row + z * plane - row - plane;
                        let here = words.get(j);
                        let left = if at.x() > 0 { words.get(j - 1) } else { 0 };
                        let right = if at.x() + 1 < at.extent_x() { words.get(j + 1) } else { 0 };
                        around[9 * z + 3 * y] = (here << 1u32) | (left >> 31u32);
                        around[9 * z + 3 * y + 1] = here;
                        around[9 * z + 3 * y + 2] = (here >> 1u32) | (right << 31u32);
                    }
                }
            }
            let mut rest = word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest = rest & (rest - 1);
                let mut near = 0u32;
                for k in 0..27usize {
                    near |= ((around[k] >> bit) & 1) << k as u32;
                }
                near &= !(1u32 << 13u32);
                if (near >> direction) & 1 == 0 && near.count_ones() > 1 {
                    let goes: bool = is_simple(near);
                    found |= (if goes { 1u32 } else { 0 }) << bit;
                }
            }
        }
        candidates.store(i, found);
    }
}

/// Removes the candidates of a class that still may go. `columns` are the bits of the class in a word, `odd_y` and
/// `odd_z` its rows and planes.
#[gpu_op(grid)]
pub fn remove_simple(
    at: Item,
    candidates: Read<u32>,
    words: Global<u32>,
    changes: Global<u32>,
    columns: u32,
    odd_y: u32,
    odd_z: u32,
    round: u32,
) {
    let before = if round > 0 { round - 1 } else { 0 };
    let in_class = at.y() as u32 & 1 == odd_y && at.z() as u32 & 1 == odd_z;
    if in_class && (round == 0 || changes.load(before as usize) != 0) {
        let i = at.index();
        let mut rest = candidates.get(i) & columns;
        if rest != 0 {
            let row = at.extent_x();
            let plane = row * at.extent_y();
            let mut around = [0u32; 27];
            for z in 0..3usize {
                for y in 0..3usize {
                    let on_y = at.y() + y >= 1 && at.y() + y <= at.extent_y();
                    let on_z = at.z() + z >= 1 && at.z() + z <= at.extent_z();
                    if on_y && on_z {
                        let j = i + y * row + z * plane - row - plane;
                        let here = words.load(j);
                        let left = if at.x() > 0 { words.load(j - 1) } else { 0 };
                        let right = if at.x() + 1 < at.extent_x() { words.load(j + 1) } else { 0 };
                        around[9 * z + 3 * y] = (here << 1u32) | (left >> 31u32);
                        around[9 * z + 3 * y + 1] = here;
                        around[9 * z + 3 * y + 2] = (here >> 1u32) | (right << 31u32);
                    }
                }
            }
            let mut gone = 0u32;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest = rest & (rest - 1);
                let mut near = 0u32;
                for k in 0..27usize {
                    near |= ((around[k] >> bit) & 1) << k as u32;
                }
                near &= !(1u32 << 13u32);
                let goes: bool = is_simple(near);
                gone |= (if goes { 1u32 } else { 0 }) << bit;
            }
            if gone != 0 {
                words.store(i, around[13] & !gone);
                changes.store(round as usize, 1);
            }
        }
    }
}

/// The neighbours through faces, as bits of `is_simple`: those before and behind along y, x and z.
const DIRECTIONS: [u32; 6] = [10, 16, 14, 12, 4, 22];
/// Even and odd columns of a word.
const COLUMNS: [u32; 2] = [0x5555_5555, 0xaaaa_aaaa];

/// Thins the objects of a stack to lines of one voxel, in all three dimensions.
///
/// In each round, for each of six directions (from −y, +y, +x, −x, −z, +z), candidates are the voxels that have no
/// neighbour on that side, have more than one neighbour, and are simple: without them the object around them stays in
/// one piece, and so does the background that they touch. Then candidates are removed if they are still simple, in
/// eight turns by the parity of x, y and z, so that no two neighbours go at once: first even z, y and x, then odd x,
/// odd y, odd z. Rounds are repeated until nothing changes. So objects, holes and cavities stay as many as they are,
/// and lines keep their ends. Objects connect with all 26 neighbours, the background through faces. Voxels outside the
/// image are not set. A picture is thinned likewise. Images of a batch are thinned each for itself.
///
/// Lee, T.-C., Kashyap, R. & Chu, C.-N. (1994). Building skeleton models via 3-D medial surface/axis thinning
/// algorithms. CVGIP: Graphical Models and Image Processing 56(6), 462–478; there candidates are looked at again one
/// after the other. The cost grows with the width of the widest object.
///
/// # Names
/// - `skimage.morphology.skeletonize`: with `method="lee"`, the same method, but candidates are removed one after the
///   other in raster order there; lines may differ by a voxel.
/// - `imagej.skeletonize3d`: the same method and the same difference.
#[gpu_op(procedure, family = "binary")]
pub fn skeletonize_3d(context: &Context, mask: AnyImage) -> Result<Image<u8>> {
    let Words { domain, words, per_row } = packed(context, &mask, false)?;
    let candidates = context.unset::<u32>(words.len())?;
    until_stable(context, |changes, round| {
        for direction in DIRECTIONS {
            simple_candidates(context, domain, &words, changes, &candidates, direction, round)?;
            for class in 0..8usize {
                let (columns, odd_y, odd_z) = (COLUMNS[class & 1], class as u32 >> 1 & 1, class as u32 >> 2);
                remove_simple(context, domain, &candidates, &words, changes, columns, odd_y, odd_z, round)?;
            }
        }
        Ok(())
    })?;
    let result = context.unset_like::<u8>(&mask)?;
    unpack_words(context, Domain::of(&mask), &words, &result, per_row)?;
    Ok(result)
}

family! {
    operations: [skeletonize_3d],
    kernels: [simple_candidates, remove_simple],
}
