//! The windows and weights of a call, from its arguments and the shape of the image.
//!
//! Invariant: windows do not extend along axes of extent 1. Tables of the same window are the same `Arc`, so that a
//! backend can keep what it makes of them.

use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Radius, Shape, Window};

use crate::arguments::{Arguments, problem};
use crate::backend::launch::Chords;
use crate::lang::PerAxis;
use crate::op::KernelOp;
use crate::small_cache::SmallCache;
use crate::{Error, Result};

/// Largest radius of a round window: its table is computed and kept per row.
const LARGEST_ROUND: u32 = 1000;
/// Largest number of rows of a window.
const LARGEST_TABLE: u64 = 1 << 23;
/// Largest radius along one axis.
const LARGEST_RADIUS: u32 = 1 << 24;
/// Largest number of voxels of a window: kernels count them in 32 bits.
const LARGEST_COUNT: u64 = i32::MAX as u64;
/// Tables with more rows than this are not kept.
const KEPT_ROWS: usize = 1 << 18;

/// The table of each window of an operation.
///
/// # Errors
/// [`Error::Parameter`] if a radius is larger than windows can be.
pub(crate) fn chords(
    operation: &str,
    op: &KernelOp,
    arguments: &Arguments,
    spatial: [usize; 3],
) -> Result<Vec<Arc<Chords>>> {
    let one = |window: &Window| {
        let given = match window.radius {
            Radius::Fixed { voxels } => PerAxis { x: voxels, y: voxels, z: voxels },
            Radius::Param { param } => arguments.per_axis_u32(param.into()),
        };
        let mut radius = [given.x, given.y, given.z];
        for (radius, &extent) in radius.iter_mut().zip(&spatial) {
            if extent == 1 {
                *radius = 0;
            }
        }
        check_radius(operation, op, window.radius, window.shape, radius)?;
        Ok(table(window.shape, radius))
    };
    op.ir.windows.iter().map(one).collect()
}

fn check_radius(operation: &str, op: &KernelOp, source: Radius, shape: Shape, radius: [u32; 3]) -> Result<()> {
    let largest = if matches!(shape, Shape::Ellipsoid | Shape::Diamond) { LARGEST_ROUND } else { LARGEST_RADIUS };
    let rows = (2 * u64::from(radius[1]) + 1).saturating_mul(2 * u64::from(radius[2]) + 1);
    if radius.iter().any(|&radius| radius > largest) {
        let what = format!("windows of this shape end at {largest}");
        return Err(too_large(operation, op, source, radius, what, largest.into(), "voxels along each axis"));
    }
    if shape != Shape::Line && rows > LARGEST_TABLE {
        let what = format!("such a window has {rows} rows");
        return Err(too_large(operation, op, source, radius, what, LARGEST_TABLE, "rows"));
    }
    let voxels = rows.saturating_mul(2 * u64::from(radius[0]) + 1);
    if shape != Shape::Line && voxels > LARGEST_COUNT {
        let what = format!("such a window has up to {voxels} voxels");
        return Err(too_large(operation, op, source, radius, what, LARGEST_COUNT, "voxels"));
    }
    Ok(())
}

fn too_large(
    operation: &str,
    op: &KernelOp,
    source: Radius,
    radius: [u32; 3],
    what: String,
    limit: u64,
    unit: &str,
) -> Error {
    let [x, y, z] = radius;
    match source {
        Radius::Param { param } => {
            let remedy = format!("stay below {limit} {unit}, or scale the image down first");
            problem(operation, &op.ir.params[usize::from(param)], &format!("[{z}, {y}, {x}]"), what, remedy)
        }
        Radius::Fixed { .. } => {
            Error::Unsupported { operation: operation.into(), problem: what, remedy: "use a smaller window".into() }
        }
    }
}

fn table(shape: Shape, radius: [u32; 3]) -> Arc<Chords> {
    static TABLES: SmallCache<Arc<Chords>> = SmallCache::new(64);
    let make = || Arc::new(Chords::new(shape, radius));
    let rows = (2 * radius[1] as usize + 1) * (2 * radius[2] as usize + 1);
    if shape != Shape::Line && rows > KEPT_ROWS {
        return make();
    }
    let fits = |chords: &Arc<Chords>| chords.shape == shape && chords.radius == radius;
    let Ok(chords) = TABLES.get(fits, || Ok::<_, std::convert::Infallible>(make()));
    chords
}

/// The weights of each weighted sum of an operation.
///
/// # Errors
/// [`Error::Unsupported`] if the operation's own function returns weights without a centre.
pub(crate) fn weights(
    operation: &str,
    op: &'static KernelOp,
    arguments: &Arguments,
) -> Result<Vec<Arc<PerAxis<Vec<f32>>>>> {
    type Entry = (usize, usize, Arguments, Arc<PerAxis<Vec<f32>>>);
    type Compute = fn(&Arguments) -> PerAxis<Vec<f32>>;
    static WEIGHTS: SmallCache<Entry> = SmallCache::new(64);
    let address = std::ptr::from_ref(op).addr();
    let one = |(index, compute): (usize, &Compute)| {
        let make = || {
            let weights = compute(arguments);
            for axis in Axis::ALL {
                let count = weights.get(axis).len();
                if count % 2 == 0 || count > 2 * LARGEST_RADIUS as usize + 1 {
                    return Err(Error::Unsupported {
                        operation: operation.into(),
                        problem: format!("its weights along {} are {count}", axis.name()),
                        remedy: "weights have to be an odd number, centre in the middle: report this to the author"
                            .into(),
                    });
                }
            }
            Ok((address, index, arguments.clone(), Arc::new(weights)))
        };
        let entry = WEIGHTS.get(|entry| entry.0 == address && entry.1 == index && entry.2 == *arguments, make)?;
        Ok(entry.3)
    };
    op.weights.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_windows_are_one_table() {
        let first = table(Shape::Ellipsoid, [3, 2, 1]);
        assert!(Arc::ptr_eq(&first, &table(Shape::Ellipsoid, [3, 2, 1])));
        assert!(!Arc::ptr_eq(&first, &table(Shape::Diamond, [3, 2, 1])));
    }
}
