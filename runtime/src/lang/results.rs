//! What a body returns for a voxel, one value or several, and the parts of the output images that such values go to.
//!
//! Invariant: one value is stored as directly as if there were no others.

use kernwerk_codegen::ir::{DType, MOST_OUTPUTS};

use super::Compute;
use super::convert::RawMut;

/// What a body returns: one [`Compute`] value, or a tuple of up to four.
pub trait Results: Copy + Default + Send + Sync + 'static {
    /// Stores the results of consecutive voxels; `start` is the number of the first in the outputs.
    #[doc(hidden)]
    fn store_all(from: &[Self], start: usize, to: &mut Outputs<'_>);
}

/// The same run of voxels in each output image.
pub struct Outputs<'a> {
    parts: [RawMut<'a>; MOST_OUTPUTS],
    voxels: usize,
}

impl<'a> Outputs<'a> {
    /// The images of a launch; at most [`MOST_OUTPUTS`]. Those that there are have the same number of voxels.
    pub(crate) fn new(images: impl IntoIterator<Item = RawMut<'a>>) -> Outputs<'a> {
        let mut images = images.into_iter();
        let parts = std::array::from_fn(|_| images.next().unwrap_or(RawMut { dtype: DType::U8, bytes: &mut [] }));
        let voxels = parts[0].bytes.len() / parts[0].dtype.size();
        Outputs { parts, voxels }
    }

    /// Number of voxels.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.voxels
    }

    /// The type of the first image.
    #[cfg(test)]
    pub(crate) fn dtype(&self) -> DType {
        self.parts[0].dtype
    }

    /// The first voxels, and the others.
    pub(crate) fn split_at(self, voxels: usize) -> (Outputs<'a>, Outputs<'a>) {
        let all = self.voxels;
        let mut others = [const { None }; MOST_OUTPUTS];
        let mut at = 0;
        let first = self.parts.map(|RawMut { dtype, bytes }| {
            let (first, rest) = bytes.split_at_mut((voxels * dtype.size()).min(bytes.len()));
            others[at] = Some(RawMut { dtype, bytes: rest });
            at += 1;
            RawMut { dtype, bytes: first }
        });
        let rest = others.map(|part| part.unwrap_or(RawMut { dtype: DType::U8, bytes: &mut [] }));
        (Outputs { parts: first, voxels }, Outputs { parts: rest, voxels: all - voxels })
    }

    /// The first voxels, if there are any left; the others remain.
    pub(crate) fn take(&mut self, voxels: usize) -> Option<Outputs<'a>> {
        if self.voxels == 0 {
            return None;
        }
        let nothing = Outputs::new([]);
        let voxels = voxels.min(self.voxels);
        let (first, rest) = std::mem::replace(self, nothing).split_at(voxels);
        *self = rest;
        Some(first)
    }

    /// Some voxels of one image.
    #[inline]
    pub(crate) fn part(&mut self, output: usize, start: usize, len: usize) -> RawMut<'_> {
        self.parts[output].slice(start, len)
    }
}

impl<C: Compute> Results for C {
    #[inline]
    fn store_all(from: &[C], start: usize, to: &mut Outputs<'_>) {
        C::store(from, to.part(0, start, from.len()));
    }
}

/// Values of one result that are put side by side before they are stored.
const COLUMN: usize = 128;

macro_rules! tuple_results {
    ($($letter:ident $number:tt),*) => {
        impl<$($letter: Compute),*> Results for ($($letter,)*) {
            #[inline]
            fn store_all(from: &[Self], start: usize, to: &mut Outputs<'_>) {
                for (block, from) in from.chunks(COLUMN).enumerate() {
                    let start = start + block * COLUMN;
                    $(
                        let mut column = [$letter::default(); COLUMN];
                        for (value, results) in column.iter_mut().zip(from) {
                            *value = results.$number;
                        }
                        $letter::store(&column[..from.len()], to.part($number, start, from.len()));
                    )*
                }
            }
        }
    };
}
tuple_results!(A 0, B 1);
tuple_results!(A 0, B 1, C 2);
tuple_results!(A 0, B 1, C 2, D 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_go_to_their_images() {
        let (mut bytes, mut words) = (vec![0u8; 300], vec![0u16; 300]);
        let outputs = [
            RawMut { dtype: DType::U8, bytes: &mut bytes },
            RawMut { dtype: DType::U16, bytes: bytemuck::cast_slice_mut(&mut words) },
        ];
        let (mut first, mut rest) = Outputs::new(outputs).split_at(100);
        assert_eq!((first.len(), rest.len(), rest.dtype()), (100, 200, DType::U8));
        let results = |range: std::ops::Range<usize>| range.map(|i| (i % 7 == 0, i as u32 * 300)).collect::<Vec<_>>();
        <(bool, u32)>::store_all(&results(0..100), 0, &mut first);
        let mut middle = rest.take(50).unwrap();
        <(bool, u32)>::store_all(&results(100..150), 0, &mut middle);
        <(bool, u32)>::store_all(&results(150..300), 0, &mut rest);
        assert!(rest.take(150).is_some() && rest.take(1).is_none());
        assert!((0..300).all(|i| bytes[i] == u8::from(i % 7 == 0) && words[i] == (i * 300).min(65_535) as u16));
    }
}
