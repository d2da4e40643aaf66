//! Operations that launch the kernels which no operation of the library does: reductions by label of every monoid, and
//! projections of monoids that the library reduces whole images with only, and steps that small images do not need.

use kernwerk::prelude::*;
use kernwerk::{
    Arguments, Axes, Buffer, DType, GridBuffer, HostData, HostImage, InputInfo, KernelOp, LabelBox, LabelBoxes, OpKind,
    OutputInfo, Result, Value,
};
use kernwerk_codegen::ir::{Axis, Class, Type};
use kernwerk_kernels::{
    Numbers, distance_near, fft, fft_convolve, label_carries, label_slots, label_sums, label_sums_in_groups,
    label_voxels_of_list, list_labelled, nearest_of_list,
};

/// The states of every label under every monoid of the library, as bits.
#[gpu_op(procedure)]
pub fn states_of_labels(context: &Context, labels: Image<u32>, image: AnyImage) -> Result<Table> {
    let boxes = LabelBoxes { boxes: boxes(labels.any())? };
    let mut table =
        Table::new().with_column("label", boxes.boxes.iter().map(|b| i64::from(b.label)).collect::<Vec<_>>())?;
    for op in reductions() {
        let states = context.reduce_labels(op, labels.any(), &image, &boxes)?;
        for (slot, ty) in op.ir.state.iter().enumerate() {
            // NaNs in states have any payload.
            let is_nan = |bits: u32| f32::from_bits(bits).is_nan();
            let bits = |state: &Vec<u32>| match ty {
                Type::F32 if is_nan(state[slot]) => i64::from(f32::NAN.to_bits()),
                Type::Pixel if image.dtype() == DType::F32 && is_nan(state[slot]) => i64::from(f32::NAN.to_bits()),
                _ => i64::from(state[slot]),
            };
            table =
                table.with_column(&format!("{} {slot}", op.ir.name), states.iter().map(bits).collect::<Vec<_>>())?;
        }
    }
    Ok(table)
}

/// Sums over stretches of an image: the step that a prefix sum takes only for images of more than 2¹⁶ voxels.
#[gpu_op(procedure)]
pub fn sums_of_segments(context: &Context, labels: Image<u32>) -> Result<Image<u32>> {
    let op =
        kernwerk_kernels::kernels().iter().find(|kernel| kernel.name == "scan_sums").expect("the kernel is listed").op;
    let (voxels, segment) = (labels.any().voxels(), 16);
    let sums = context.zeros(labels.any())?;
    let arguments = Arguments::new(vec![Value::U32(voxels as u32), Value::U32(segment as u32)]);
    let domain = Domain::linear(voxels.div_ceil(segment));
    context.launch(op, domain, &[labels.operand(), sums.operand()], &arguments)?;
    Ok(sums)
}

/// Transforms of rows that are too long for a group's memory, whatever the radices of their passes, and a convolution of one: its transforms, and
/// what stands around them, are launches of their own.
#[gpu_op(procedure)]
pub fn transforms_of_long_rows(context: &Context, image: Image<f32>) -> Result<(Image<f32>, Image<f32>, Image<f32>)> {
    let seed = context.scalar(&mean_of_all_pixels(&image))? as f32;
    let row = |width: usize| {
        let values = (0..width).map(|x| if x % 11 == 0 { seed } else { ((x * 37) % 101) as f32 }).collect();
        context.device().upload_host(&HostImage::new(Axes::new("yx")?, &[1, width], HostData::F32(values))?)
    };
    let transform = |width: usize| context.eval(fft(row(width)?, Numbers::Real));
    let convolved = context.eval(fft_convolve(row(9000)?, row(5)?))?;
    // 16 and 8; 7, 5 and 3.
    Ok((transform(8192)?, transform(4725)?, convolved))
}

/// The words that statistics of labels are made from, of all labels one after the other: a column for each way to divide the image. All are equal.
#[gpu_op(procedure)]
pub fn words_of_labels(context: &Context, labels: Image<u32>, image: AnyImage) -> Result<Table> {
    let Domain { batch, extent: [width, height, depth] } = Domain::of(labels.any());
    let (first_bin, bins) = if image.dtype().size() < 4 { (4, 1) } else { (0, 9) };
    let words = 20 + 3 * bins as usize;
    let entries = context.scalar(&maximum_of_all_pixels(&labels))? as usize + 1;
    let [x_extent, y_extent] = [width as u32, height as u32];
    // The words of all slots, merged.
    let merged = |sums: &Buffer<u32>, slots: usize| -> Result<Vec<i64>> {
        let len = entries * words;
        let [totals, carries, merged] = [context.unset::<u32>(len)?, context.unset(len)?, context.unset(len)?];
        let (words, slots) = (words as u32, slots as u32);
        label_slots(context, Domain::linear(len), sums, &totals, &carries, words, slots, len as u32)?;
        label_carries(context, Domain::linear(entries), &totals, &carries, &merged, bins, 0, bins)?;
        Ok(merged.download()?.into_iter().map(i64::from).collect())
    };
    let (mut table, mut by_items) = (Table::new(), Vec::new());
    for along_y in [false, true] {
        for (segment, slots) in [(512, 1), (3, 2), (64, 32)] {
            let segments = |extent: usize| extent.div_ceil(segment);
            let extent = if along_y { [width, segments(height), depth] } else { [segments(width), height, depth] };
            let (sums, seen) = (context.buffer::<u32>(slots * entries * words)?, context.buffer::<u32>(3)?);
            label_sums(
                context,
                Domain { batch, extent },
                &labels,
                &image,
                &sums,
                &seen,
                x_extent,
                y_extent,
                segment as u32,
                along_y,
                first_bin,
                bins,
                entries as u32,
                slots as u32,
            )?;
            let axis = if along_y { "y" } else { "x" };
            by_items = merged(&sums, slots)?;
            table = table.with_column(&format!("{segment} along {axis} in {slots}"), by_items.clone())?;
        }
    }
    for (segment, slots) in [(128, 1), (3, 2), (16, 8)] {
        let name = format!("{segment} in groups in {slots}");
        // A device may have too little memory for groups.
        if !context.takes(&label_sums_in_groups::KERNEL) {
            table = table.with_column(&name, by_items.clone())?;
            continue;
        }
        let extent = [width.div_ceil(32), height.div_ceil(8 * segment), depth];
        let (sums, seen) = (context.buffer::<u32>(slots * entries * words)?, context.buffer::<u32>(3)?);
        label_sums_in_groups(
            context,
            Domain { batch, extent },
            &labels,
            &image,
            &sums,
            &seen,
            x_extent,
            y_extent,
            segment as u32,
            first_bin,
            bins,
            entries as u32,
            slots as u32,
        )?;
        table = table.with_column(&name, merged(&sums, slots)?)?;
    }
    Ok(table)
}

/// The steps to nearer voxels along z item by item, as devices take them that have no groups: squares, and distances.
#[gpu_op(procedure)]
pub fn near_distances(context: &Context, labels: Image<u32>) -> Result<(Image<f32>, Image<f32>)> {
    let domain = Domain::of(labels.any());
    let pass = |last: bool| {
        let result = context.zeros::<f32>(labels.any())?;
        let unsettled = context.buffer::<u32>(labels.any().voxels())?;
        distance_near(context, domain, &labels, &labels, &result, &unsettled, 1.0, 1.3, true, last, 3)?;
        Ok(result)
    };
    Ok((pass(false)?, pass(true)?))
}

/// The label of the nearest labelled voxel for each voxel without one, 0 for the others: from a list of all, as is done
/// for the few that windows leave over.
#[gpu_op(procedure)]
pub fn nearest_labels_by_list(context: &Context, labels: Image<u32>) -> Result<Image<u32>> {
    let [width, height, depth] = Domain::of(labels.any()).extent.map(|extent| extent as u32);
    let room = labels.any().voxels();
    let (seeds, number) = (context.buffer::<u32>(room)?, context.buffer::<u32>(1)?);
    list_labelled(context, Domain::linear(room.div_ceil(16)), &labels, &seeds, &number, room as u32, room as u32)?;
    let number = number.download()?[0] as usize;
    let values = labels.any().download_data()?.numbers();
    let without: Vec<u32> = (0..room as u32).filter(|&voxel| values[voxel as usize] == 0.0).collect();
    let (voxels, count) = (context.upload_buffer(&without)?, without.len());
    let result = context.zeros::<u32>(labels.any())?;
    if count > 0 {
        let far = vec![u32::MAX; count];
        let (squares, found) = (context.upload_buffer(&far)?, context.upload_buffer(&far)?);
        let pairs = Domain { batch: 1, extent: [3, count, 1] };
        for second in [false, true] {
            let number = number as u32;
            nearest_of_list(
                context, pairs, &voxels, &seeds, &labels, &squares, &found, number, width, height, depth, second,
            )?;
        }
        label_voxels_of_list(context, Domain::linear(count), &voxels, &found, &result)?;
    }
    Ok(result)
}

/// Where each label is, found voxel by voxel.
fn boxes(labels: &AnyImage) -> Result<Vec<LabelBox>> {
    let [t, c, z, y, x] = labels.shape5();
    let host = labels.download_data()?;
    let values: Vec<u32> = host.numbers().into_iter().map(|value| value as u32).collect();
    let mut boxes: Vec<LabelBox> = Vec::new();
    let mut voxels = values.into_iter();
    for n in 0..(t * c) as u32 {
        for at in (0..z).flat_map(|z| (0..y).flat_map(move |y| (0..x).map(move |x| [x, y, z].map(|at| at as u32)))) {
            let label = voxels.next().unwrap_or(0);
            match boxes.iter_mut().find(|b| b.label == label) {
                _ if label == 0 => {}
                None => boxes.push(LabelBox { label, min: at, max: at, batch: [n, n] }),
                Some(found) => {
                    found.min = std::array::from_fn(|axis| found.min[axis].min(at[axis]));
                    found.max = std::array::from_fn(|axis| found.max[axis].max(at[axis]));
                    found.batch[1] = n;
                }
            }
        }
    }
    Ok(boxes)
}

/// The difference to the voxel before, which is that of the boundary at the start of a line; and how often a level was passed.
#[gpu_op(scan)]
pub fn steps_along<T: Pixel>(
    image: i32,
    mask: T,
    #[state(start = image.wrapping_add(offset))] before: i32,
    #[state(start = mask)] seen: T,
    #[state(start = 0)] count: u32,
    #[param(default = 0)] offset: i32,
) -> (i32, i32, T, u32) {
    let next = count + if mask == seen { 0 } else { 1 };
    (image.wrapping_sub(before).wrapping_add(next as i32 * 100), image, mask, next)
}

/// The sum of the voxels so far, of which half is left at each step, from a level on.
#[gpu_op(scan)]
pub fn decayed(image: f32, #[state(start = level)] sum: f32, #[param(default = 8.0)] level: f32) -> (f32, f32) {
    let next = sum.mul_add(0.5, image);
    (next, next)
}

fn reductions() -> impl Iterator<Item = &'static KernelOp> {
    let ops = kernwerk_kernels::kernels().iter().map(|kernel| kernel.op);
    ops.filter(|op| op.ir.class == Class::Reduction && op.ir.inputs.len() == 1)
}

/// The additional operations.
pub fn operations() -> Vec<&'static OpInfo> {
    let reduced = |op: &KernelOp| {
        kernwerk_kernels::catalogue().iter().any(|info| match info.kind {
            OpKind::ReduceWhole(kernel) | OpKind::ReduceAxis(kernel, _) => kernel.ir.name == op.ir.name,
            _ => false,
        })
    };
    let mut all: Vec<&'static OpInfo> = vec![
        &states_of_labels::INFO,
        &words_of_labels::INFO,
        &near_distances::INFO,
        &nearest_labels_by_list::INFO,
        &sums_of_segments::INFO,
        &transforms_of_long_rows::INFO,
        &steps_along::INFO,
        &decayed::INFO,
    ];
    for op in reductions().filter(|op| !reduced(op)) {
        let kinds = [
            ("whole", OutputInfo::Scalar, OpKind::ReduceWhole(op)),
            ("x", OutputInfo::Image(op.ir.output()), OpKind::ReduceAxis(op, Axis::X)),
            ("z", OutputInfo::Image(op.ir.output()), OpKind::ReduceAxis(op, Axis::Z)),
        ];
        for (suffix, output, kind) in kinds {
            all.push(Box::leak(Box::new(OpInfo {
                name: format!("{} {suffix}", op.ir.name).leak(),
                aliases: &[],
                family: "tests",
                doc: "A reduction that the library uses for whole images only.",
                source: "",
                inputs: const { &[InputInfo::new("image", Type::F32)] },
                params: &[],
                output,
                kind,
            })));
        }
    }
    all
}
