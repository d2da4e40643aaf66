//! Taking a plane out of an image: a slice, or a projection along z.

use super::{Projection, ViewError};
use kernwerk_runtime::{HostImage, host_data};
use std::ops::Range;

/// Values of a plane, x fastest.
pub(super) struct Plane<T> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<T>,
}

impl<T: Copy> Plane<T> {
    pub(super) fn at(&self, x: usize, y: usize) -> T {
        self.values[y * self.width + x]
    }

    pub(super) fn map<U>(&self, function: impl Fn(T) -> U) -> Plane<U> {
        Plane {
            width: self.width,
            height: self.height,
            values: self.values.iter().map(|&value| function(value)).collect(),
        }
    }
}

/// What can be shown.
trait Shown: Copy {
    fn intensity(self) -> f32;
    fn label(self) -> u32;
}

macro_rules! shown {
    ($($kind:ty),*) => {$(
        impl Shown for $kind {
            fn intensity(self) -> f32 {
                self as f32
            }

            fn label(self) -> u32 {
                self as u32
            }
        }
    )*};
}

shown!(u8, i8, u16, i16, u32, i32, f32, u64, i64, f64);

impl Shown for half::f16 {
    fn intensity(self) -> f32 {
        self.to_f32()
    }

    fn label(self) -> u32 {
        self.to_f32() as u32
    }
}

/// The slice or the maximum along z; a value that is no number (NaN) loses against any number.
pub(super) fn maximum(
    image: &HostImage,
    frame: usize,
    channel: usize,
    projection: Projection,
) -> Result<Plane<f32>, ViewError> {
    let slices = slices(image, frame, channel, projection)?;
    Ok(host_data!(image.data(), values => project(image, values, slices, Shown::intensity, f32::max)))
}

/// The slice or the first label from the top.
pub(super) fn labels(
    image: &HostImage,
    frame: usize,
    channel: usize,
    projection: Projection,
) -> Result<Plane<u32>, ViewError> {
    let slices = slices(image, frame, channel, projection)?;
    let first = |above: u32, below: u32| if above == 0 { below } else { above };
    Ok(host_data!(image.data(), values => project(image, values, slices, Shown::label, first)))
}

fn project<T: Shown, U: Copy>(
    image: &HostImage,
    values: &[T],
    slices: Range<usize>,
    show: impl Fn(T) -> U,
    combine: impl Fn(U, U) -> U,
) -> Plane<U> {
    let [.., height, width] = image.shape5();
    let mut slices = values[slices].chunks_exact(width * height);
    let first = slices.next().into_iter().flatten();
    let mut plane: Vec<U> = first.map(|&value| show(value)).collect();
    for slice in slices {
        for (seen, &value) in plane.iter_mut().zip(slice) {
            *seen = combine(*seen, show(value));
        }
    }
    Plane { width, height, values: plane }
}

/// The elements of the slices of a frame and channel.
fn slices(image: &HostImage, frame: usize, channel: usize, projection: Projection) -> Result<Range<usize>, ViewError> {
    let [frames, channels, slices, height, width] = image.shape5();
    let check = |what, asked, extent| {
        if asked < extent { Ok(()) } else { Err(ViewError::OutOfRange { what, asked, extent }) }
    };
    check("frame", frame, frames)?;
    check("channel", channel, channels)?;
    let range = match projection {
        Projection::Maximum => 0..slices,
        Projection::Slice(slice) => {
            check("slice", slice, slices)?;
            slice..slice + 1
        }
    };
    let start = (frame * channels + channel) * slices;
    let plane_len = width * height;
    Ok((start + range.start) * plane_len..(start + range.end) * plane_len)
}
