//! Reading a source between its voxels, from the definitions in the documentation of `Sampler`.

use kernwerk_codegen::ir::Sampling;

use super::eval::Machine;
use super::{Stop, Value};

/// Beyond this, coordinates are not told apart: 2³⁰.
const FAR: f32 = 1_073_741_824.0;

impl Machine<'_> {
    pub(super) fn sample(&self, input: u8, sampling: Sampling, at: [Value; 3]) -> Result<Value, Stop> {
        if sampling == Sampling::Voxel {
            let mut place = [0; 3];
            for (axis, value) in at.into_iter().enumerate() {
                place[axis] = value.integer()? as i64;
            }
            return self.place_in_source(input, place);
        }
        let (mut base, mut rest) = ([0i64; 3], [0f32; 3]);
        for (axis, value) in at.into_iter().enumerate() {
            let mut coordinate = value.float()?;
            if coordinate.is_nan() || self.input.spatial()[axis] == 1 {
                coordinate = 0.0;
            }
            coordinate = coordinate.clamp(-FAR, FAR);
            base[axis] = coordinate.floor() as i64;
            rest[axis] = coordinate - coordinate.floor();
        }
        match sampling {
            Sampling::Nearest => {
                let place = std::array::from_fn(|axis| base[axis] + i64::from(rest[axis] >= 0.5));
                self.place_in_source(input, place)
            }
            Sampling::Linear => self.linear(input, base, rest, 2).map(Value::F32),
            _ => self.cubic(input, base, rest, 2).map(Value::F32),
        }
    }

    /// The voxels of the source as a kernel, each with the place of the neighbour that it lies on. Its x lies along an axis of the image.
    pub(super) fn under(&self, axis: usize, reflected: bool) -> Vec<[[i64; 3]; 2]> {
        let mut extent = self.input.spatial().map(|extent| extent as i64);
        extent.swap(0, axis);
        let mut places = Vec::new();
        for z in 0..extent[2] {
            for y in 0..extent[1] {
                for x in 0..extent[0] {
                    let lies = [x, y, z];
                    let sign = if reflected { -1 } else { 1 };
                    let neighbor = std::array::from_fn(|axis| self.at[axis] + sign * (lies[axis] - extent[axis] / 2));
                    let mut kernel = lies;
                    kernel.swap(0, axis);
                    places.push([kernel, neighbor]);
                }
            }
        }
        places
    }

    /// An axis of extent 1 has one voxel, whatever the coordinate.
    pub(super) fn place_in_source(&self, input: u8, mut place: [i64; 3]) -> Result<Value, Stop> {
        for (coordinate, extent) in place.iter_mut().zip(self.input.spatial()) {
            if extent == 1 {
                *coordinate = 0;
            }
        }
        self.absolute(input, place)
    }

    /// Interpolates along an axis what is interpolated along the axes before it.
    fn linear(&self, input: u8, base: [i64; 3], rest: [f32; 3], axis: usize) -> Result<f32, Stop> {
        let value = |place: [i64; 3]| match axis {
            0 => self.place_in_source(input, place)?.float(),
            _ => self.linear(input, place, rest, axis - 1),
        };
        let mut next = base;
        next[axis] += 1;
        let (a, b, t) = (value(base)?, value(next)?, rest[axis]);
        Ok(if t == 0.0 { a } else { t.mul_add(b - a, a) })
    }

    fn cubic(&self, input: u8, base: [i64; 3], rest: [f32; 3], axis: usize) -> Result<f32, Stop> {
        let t = rest[axis];
        let u = 1.0 - t;
        let (sixth, thirds) = (1.0f32 / 6.0, 2.0f32 / 3.0);
        let weights = [
            u * u * u * sixth,
            (t * t).mul_add(t.mul_add(0.5, -1.0), thirds),
            (u * u).mul_add(u.mul_add(0.5, -1.0), thirds),
            t * t * t * sixth,
        ];
        let single = self.input.spatial()[axis] == 1;
        let weights = if single { &[1.0][..] } else { &weights[..] };
        let mut sum = 0f32;
        for (k, weight) in weights.iter().enumerate() {
            let mut place = base;
            place[axis] += if single { 0 } else { k as i64 - 1 };
            let value = match axis {
                0 => self.place_in_source(input, place)?.float()?,
                _ => self.cubic(input, place, rest, axis - 1)?,
            };
            sum = weight.mul_add(value, sum);
        }
        Ok(sum)
    }
}
