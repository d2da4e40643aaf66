//! Grid kernels with atomic counters, and the procedures that call them. Integers alone are added, so that the order in which
//! voxels come makes no difference.

use kernwerk::prelude::*;

/// Adds every voxel, rounded to an integer, to the ring of its distance from the centre of its plane.
#[gpu_op(grid)]
pub fn add_to_rings(at: Item, image: Read<u32>, sums: Global<u32>, counts: Global<u32>, rings: u32) {
    let dx = 2.0 * at.x() as f32 - (at.extent_x() as f32 - 1.0);
    let dy = 2.0 * at.y() as f32 - (at.extent_y() as f32 - 1.0);
    let ring = (0.5 * (dx * dx + dy * dy).sqrt()) as u32;
    if ring < rings {
        sums.fetch_add(ring as usize, image.get(at.index()));
        counts.fetch_add(ring as usize, 1);
    }
}

/// Mean intensity by distance from the centre of the image, in rings one voxel wide: vignetting, and the shape of spots.
///
/// Voxels count as whole numbers from 0 to 65535; all planes are taken together.
#[gpu_op(procedure)]
pub fn radial_profile(
    context: &Context,
    image: AnyImage,
    #[param(default = 16, range = 1..=4096)] rings: u32,
) -> kernwerk::Result<Table> {
    let image = context.eval_any(convert(&image, DType::U16).any())?;
    let (sums, counts) = (context.buffer::<u32>(rings as usize)?, context.buffer::<u32>(rings as usize)?);
    add_to_rings(context, Domain::of(&image), &image, &sums, &counts, rings)?;
    let (sums, counts) = (sums.download()?, counts.download()?);
    let mean = sums.iter().zip(&counts).map(|(&sum, &count)| f64::from(sum) / f64::from(count));
    Table::new()
        .with_column("distance", (0..i64::from(rings)).collect::<Vec<_>>())?
        .with_column("voxels", counts.iter().map(|&count| i64::from(count)).collect::<Vec<_>>())?
        .with_column("mean", mean.collect::<Vec<_>>())
}

/// Counts each voxel in the bin of its two values.
#[gpu_op(grid)]
pub fn count_pairs(
    at: Item,
    first: Read<f32>,
    second: Read<f32>,
    counts: Global<u32>,
    low: f32,
    scale: f32,
    bins: u32,
) {
    let a = (first.get(at.index()) - low) * scale;
    let b = (second.get(at.index()) - low) * scale;
    if a >= 0.0 && a < bins as f32 && b >= 0.0 && b < bins as f32 {
        counts.fetch_add((b as u32 * bins + a as u32) as usize, 1);
    }
}

/// Two-dimensional histogram of two channels: how often values of one (along x) meet values of the other (along y).
#[gpu_op(procedure)]
pub fn joint_histogram(
    context: &Context,
    first: AnyImage,
    second: AnyImage,
    #[param(default = 32, range = 1..=4096)] bins: u32,
    #[param(default = 0.0)] low: f32,
    #[param(default = 256.0)] high: f32,
) -> kernwerk::Result<Image<u32>> {
    if first.shape5() != second.shape5() {
        return Err(Error::Shape {
            operation: "joint_histogram".into(),
            problem: format!("the images have the shapes {:?} and {:?}", first.shape(), second.shape()),
            remedy: "give two channels of one image".into(),
        });
    }
    let counts = context.zeros_of_shape::<u32>(Axes::new("yx")?, &[bins as usize; 2])?;
    let scale = bins as f32 / (high - low);
    count_pairs(context, Domain::of(&first), &first, &second, &counts, low, scale, bins)?;
    Ok(counts)
}

/// Lowers and raises the bounds to every voxel that is set.
#[gpu_op(grid)]
pub fn bound_set_voxels(at: Item, mask: Read<bool>, smallest: Global<u32>, largest: Global<u32>) {
    if mask.get(at.index()) {
        smallest.fetch_min(0, at.x() as u32);
        smallest.fetch_min(1, at.y() as u32);
        smallest.fetch_min(2, at.z() as u32);
        largest.fetch_max(0, at.x() as u32);
        largest.fetch_max(1, at.y() as u32);
        largest.fetch_max(2, at.z() as u32);
    }
}

/// The smallest box that holds all voxels that are not 0, bounds inclusive; no rows if there are none.
#[gpu_op(procedure)]
pub fn occupied_box(context: &Context, mask: AnyImage) -> kernwerk::Result<Table> {
    let (smallest, largest) = (context.upload_buffer(&[u32::MAX; 3])?, context.buffer::<u32>(3)?);
    bound_set_voxels(context, Domain::of(&mask), &mask, &smallest, &largest)?;
    let (smallest, largest) = (smallest.download()?, largest.download()?);
    let rows = if smallest[0] == u32::MAX { 0 } else { 3 };
    let column = |values: &[u32]| values.iter().take(rows).map(|&value| i64::from(value)).collect::<Vec<_>>();
    Table::new()
        .with_column("axis", (0..rows as i64).collect::<Vec<_>>())?
        .with_column("first", column(&smallest))?
        .with_column("last", column(&largest))
}

/// Counts, for each label, the faces of its voxels that another label, background or the end of the image touches.
#[gpu_op(grid)]
pub fn count_faces(at: Item, labels: Read<u32>, faces: Global<u32>) {
    let i = at.index();
    let label = labels.get(i);
    if label != 0 {
        let row = at.extent_x();
        let plane = at.extent_x() * at.extent_y();
        let mut open = 0u32;
        if at.x() == 0 || labels.get(i - 1) != label {
            open += 1;
        }
        if at.x() + 1 == at.extent_x() || labels.get(i + 1) != label {
            open += 1;
        }
        if at.y() == 0 || labels.get(i - row) != label {
            open += 1;
        }
        if at.y() + 1 == at.extent_y() || labels.get(i + row) != label {
            open += 1;
        }
        if at.z() == 0 || labels.get(i - plane) != label {
            open += 1;
        }
        if at.z() + 1 == at.extent_z() || labels.get(i + plane) != label {
            open += 1;
        }
        faces.fetch_add(label as usize, open);
    }
}

/// Surface of every label in voxel faces: one row per label that has voxels.
#[gpu_op(procedure)]
pub fn label_surface(context: &Context, labels: Image<u32>) -> kernwerk::Result<Table> {
    let largest = context.scalar(&maximum_of_all_pixels(&labels))? as usize;
    let faces = context.buffer::<u32>(largest + 1)?;
    count_faces(context, Domain::of(labels.any()), &labels, &faces)?;
    // A label that has voxels has faces.
    let faces = faces.download()?;
    let present = || faces.iter().enumerate().filter(|(_, faces)| **faces > 0);
    Table::new()
        .with_column("label", present().map(|(label, _)| label as i64).collect::<Vec<_>>())?
        .with_column("faces", present().map(|(_, &faces)| i64::from(faces)).collect::<Vec<_>>())
}
