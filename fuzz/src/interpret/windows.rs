//! Which voxels a window holds, from the formulas of its shape.

use kernwerk_codegen::ir::{Radius, Shape, Window};
use kernwerk_runtime::Value as Parameter;

use super::Stop;
use crate::call::Call;

/// The offsets of a window in raster order. Along `axis` for a line.
pub(crate) fn offsets(window: &Window, call: &Call, axis: usize) -> Result<Vec<[i64; 3]>, Stop> {
    let mut radius = match window.radius {
        Radius::Fixed { voxels } => [i128::from(voxels); 3],
        Radius::Param { param } => match call.values.get(usize::from(param)) {
            Some(Parameter::PerAxisU32(given)) => [given.x, given.y, given.z].map(i128::from),
            other => return Err(Stop::Broken(format!("a radius is {other:?}"))),
        },
    };
    // An axis of extent 1 has no neighbours.
    for (radius, extent) in radius.iter_mut().zip(call.spatial()) {
        if extent == 1 {
            *radius = 0;
        }
    }
    if window.shape == Shape::Line {
        let r = radius[axis] as i64;
        return Ok((-r..=r).map(|d| std::array::from_fn(|other| if other == axis { d } else { 0 })).collect());
    }
    let [rx, ry, rz] = radius;
    let mut found = Vec::new();
    for dz in -rz..=rz {
        for dy in -ry..=ry {
            for dx in -rx..=rx {
                if member(window.shape, [dx, dy, dz], radius) {
                    found.push([dx as i64, dy as i64, dz as i64]);
                }
            }
        }
    }
    Ok(found)
}

/// Whether an offset belongs to a shape: the sum of fractions is at most 1, compared over their common denominator.
fn member(shape: Shape, offset: [i128; 3], radius: [i128; 3]) -> bool {
    let power = match shape {
        Shape::Cuboid | Shape::Line => return true,
        Shape::Ellipsoid => 2,
        Shape::Diamond => 1,
    };
    let mut sum = (0, 1);
    for (d, r) in offset.into_iter().zip(radius) {
        if r == 0 {
            if d != 0 {
                return false;
            }
            continue;
        }
        let term = (d.abs().pow(power), r.pow(power));
        sum = (sum.0 * term.1 + term.0 * sum.1, sum.1 * term.1);
    }
    sum.0 <= sum.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_hold_what_their_formulas_say() {
        let count = |shape, radius: [i128; 3]| {
            let [rx, ry, rz] = radius;
            let all = (-rz..=rz).flat_map(move |z| (-ry..=ry).flat_map(move |y| (-rx..=rx).map(move |x| [x, y, z])));
            all.filter(|&offset| member(shape, offset, radius)).count()
        };
        assert_eq!(count(Shape::Diamond, [1, 1, 1]), 7);
        assert_eq!(count(Shape::Ellipsoid, [1, 1, 1]), 7);
        assert_eq!(count(Shape::Ellipsoid, [2, 2, 0]), 13);
        assert_eq!(count(Shape::Diamond, [2, 1, 0]), 7);
    }
}
