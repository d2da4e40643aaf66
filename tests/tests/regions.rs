//! Launches of a region: what a part of an image is computed as, with its origin and halo, equals the crop of the whole.

use std::sync::Arc;

use kernwerk::backend::cpu::Cpu;
use kernwerk::backend::driver::Allocation;
use kernwerk::backend::gpu::Gpu;
use kernwerk::backend::launch::{Backend, Chords, Geometry, Launch, Operand, ReductionOperands, Source};
use kernwerk::backend::probe;
use kernwerk::ops::find;
use kernwerk::prelude::*;
use kernwerk::{Arguments, Axis, KernelOp, OpKind, Result, Value};
use kernwerk_codegen::ir::{Class, Radius, Type};
use kernwerk_codegen::plan::Role;
use kernwerk_tests::images::{self, Random, Values};
use kernwerk_tests::sample::BOUNDARIES;

/// A backend with what to call it.
fn all_backends() -> Vec<(String, Box<dyn Backend>)> {
    let mut found: Vec<(String, Box<dyn Backend>)> = vec![("cpu".into(), Box::new(Cpu::new()))];
    for probed in probe::probe() {
        for (index, about) in probed.outcome.unwrap_or_default().iter().enumerate() {
            match probe::open(probed.backend, index) {
                Ok(driver) => found.push((format!("{} {}", probed.backend, about.name), Box::new(Gpu::new(driver)))),
                Err(error) => println!("not run: {}: {error}", about.name),
            }
        }
    }
    found
}

/// One kernel with all that a launch needs but its images and its geometry.
struct Case {
    name: &'static str,
    op: &'static KernelOp,
    role: Role,
    axis: Axis,
    arguments: Arguments,
    windows: Vec<Arc<Chords>>,
    weights: Vec<Arc<PerAxis<Vec<f32>>>>,
    dtype: DType,
    outputs: Vec<DType>,
    /// How far it reads along x, y, z.
    reach: [i64; 3],
}

fn case(name: &'static str, dtype: DType, values: &[(&str, Value)], axis: Option<Axis>, extent: [usize; 3]) -> Case {
    let info = find(name).expect("the operation is there");
    let OpKind::Kernel(op) = info.kind else { panic!("{name} is no kernel") };
    let named: Vec<_> = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let arguments = Arguments::bind(info, &[], &named).expect("the values fit");
    let mut reach = [0; 3];
    let windows = op.ir.windows.iter().map(|window| {
        let radius = match window.radius {
            Radius::Fixed { voxels } => PerAxis { x: voxels, y: voxels, z: voxels },
            Radius::Param { param } => arguments.per_axis_u32(param.into()),
        };
        let radius = [radius.x, radius.y, radius.z];
        let radius: [u32; 3] = std::array::from_fn(|axis| if extent[axis] == 1 { 0 } else { radius[axis] });
        reach = std::array::from_fn(|axis| reach[axis].max(radius[axis].into()));
        Arc::new(Chords::new(window.shape, radius))
    });
    let windows = windows.collect();
    let weights: Vec<_> = op.weights.iter().map(|compute| Arc::new(compute(&arguments))).collect();
    for weights in &weights {
        let radius = |axis: Axis| (weights.get(axis).len() / 2) as i64;
        reach = std::array::from_fn(|axis| reach[axis].max(radius(Axis::ALL[axis])));
    }
    if name.starts_with("sobel") || name.starts_with("gradient") {
        reach = [1; 3];
    }
    if let Some(axis) = axis {
        reach = std::array::from_fn(|other| if other == axis.index() { reach[other] } else { 0 });
    }
    let stored = |ty: &Type| if *ty == Type::Pixel { Some(dtype) } else { ty.default_storage() };
    let outputs = op.ir.outputs.iter().map(|ty| stored(ty).expect("the result is an image")).collect();
    let scan = op.ir.class == Class::Scan;
    let role = match (scan, axis) {
        (true, _) => Role::Scan,
        (false, Some(_)) => Role::Pass,
        (false, None) => Role::Whole,
    };
    Case { name, op, role, axis: axis.unwrap_or(Axis::X), arguments, windows, weights, dtype, outputs, reach }
}

impl Case {
    fn run(
        &self,
        backend: &dyn Backend,
        inputs: &[Vec<u8>],
        geometry: Geometry,
        boundary: Boundary,
    ) -> Result<Vec<Vec<u8>>> {
        let inputs: Vec<Box<dyn Allocation>> = inputs
            .iter()
            .map(|bytes| {
                let memory = backend.allocate(bytes.len())?;
                backend.upload(&*memory, bytes)?;
                Ok(memory)
            })
            .collect::<Result<_>>()?;
        let operands: Vec<_> = inputs.iter().map(|input| Operand { memory: &**input, dtype: self.dtype }).collect();
        let size = |dtype: &DType| geometry.voxels() * dtype.size();
        let results: Vec<_> = self.outputs.iter().map(|dtype| backend.allocate(size(dtype))).collect::<Result<_>>()?;
        let outputs: Vec<_> =
            results.iter().zip(&self.outputs).map(|(memory, &dtype)| Operand { memory: &**memory, dtype }).collect();
        // Every image that is sampled is as large as the first.
        let source = Source { extent: geometry.source_extent, batch: geometry.batch };
        let sources = vec![source; if self.gather() { self.op.ir.inputs.len() - 1 } else { 0 }];
        backend.run(&Launch {
            op: self.op,
            role: self.role,
            axis: self.axis,
            inputs: &operands,
            outputs: &outputs,
            sources: &sources,
            pixel: self.dtype,
            geometry,
            boundary,
            arguments: &self.arguments,
            windows: &self.windows,
            weights: &self.weights,
            reduction: ReductionOperands::default(),
            fused: None,
        })?;
        let download = |output: &Operand<'_>| {
            let mut bytes = vec![0; size(&output.dtype)];
            backend.download(output.memory, &mut bytes).map(|()| bytes)
        };
        outputs.iter().map(download).collect()
    }

    /// A box of each result.
    fn crop(
        &self,
        whole: &[Vec<u8>],
        global: [usize; 3],
        batch: usize,
        from: [usize; 3],
        extent: [usize; 3],
    ) -> Vec<Vec<u8>> {
        let each = whole.iter().zip(&self.outputs);
        each.map(|(bytes, dtype)| crop(bytes, dtype.size(), global, batch, from, extent)).collect()
    }

    fn gather(&self) -> bool {
        self.op.ir.class == Class::Gather
    }

    /// Whether the source is the region itself.
    fn pointwise(&self) -> bool {
        matches!(self.op.ir.class, Class::Pointwise | Class::Scan)
    }

    /// What of an axis a region needs: its own voxels and all that lie within reach, mapped into the image.
    fn source(&self, axis: usize, origin: usize, extent: usize, global: usize, boundary: Boundary) -> (usize, usize) {
        let reach = self.reach[axis];
        let coordinates = origin as i64 - reach..(origin + extent) as i64 + reach;
        let inside = coordinates.filter_map(|coordinate| boundary.index(coordinate, global as i64));
        let (first, last) = inside.fold((i64::MAX, 0), |(low, high), index| (low.min(index), high.max(index)));
        (first as usize, (last - first + 1) as usize)
    }
}

/// The bytes of a box of an image with elements of `size` bytes.
fn crop(bytes: &[u8], size: usize, global: [usize; 3], batch: usize, from: [usize; 3], extent: [usize; 3]) -> Vec<u8> {
    let mut result = Vec::new();
    for n in 0..batch {
        for z in from[2]..from[2] + extent[2] {
            for y in from[1]..from[1] + extent[1] {
                let first = (((n * global[2] + z) * global[1] + y) * global[0] + from[0]) * size;
                result.extend_from_slice(&bytes[first..first + extent[0] * size]);
            }
        }
    }
    result
}

#[test]
fn a_region_is_a_crop_of_the_whole() {
    let radius = |x, y, z| ("radius", Value::PerAxisU32(PerAxis { x, y, z }));
    let sigma = || ("sigma", Value::PerAxisF32(PerAxis { x: 0.9, y: 0.6, z: 1.2 }));
    let shift = || ("shift", Value::PerAxisF32(PerAxis { x: 1.3, y: -2.5, z: 40.1 }));
    let backends = all_backends();
    let mut launches = 0;
    for (global, batch) in [([23, 9, 7], 2), ([70, 11, 1], 1)] {
        let mut cases = vec![
            case("absolute", DType::I16, &[], None, global),
            case("multiply_image_and_x", DType::U16, &[], None, global),
            case("maximum_images", DType::U8, &[], None, global),
            case("sobel", DType::U16, &[], None, global),
            case("gradient_y", DType::F32, &[], None, global),
            case("gradient", DType::I16, &[], None, global),
            case("sort_images", DType::U16, &[], None, global),
            case("shift_linear", DType::U16, &[shift()], None, global),
            case("shift_cubic", DType::F32, &[shift()], None, global),
            case("shift_nearest", DType::I32, &[shift()], None, global),
            case("maximum_sphere", DType::I32, &[radius(3, 2, 1)], None, global),
            case("mean_sphere", DType::F32, &[radius(2, 1, 2)], None, global),
            case("median_box", DType::U16, &[radius(1, 1, 1)], None, global),
            case("detect_maxima_sphere", DType::U8, &[radius(2, 2, 1)], None, global),
        ];
        for (axis, reverse) in Axis::ALL.into_iter().zip([true, false, true]) {
            let values = || [("axis", Value::Choice(axis.index())), ("reverse", Value::Bool(reverse))];
            cases.push(case("cumulative_sum", DType::U16, &values(), Some(axis), global));
            cases.push(case("cumulative_max", DType::I8, &values(), Some(axis), global));
        }
        for axis in Axis::ALL.into_iter().filter(|axis| global[axis.index()] > 1) {
            cases.push(case("gaussian_blur", DType::U16, &[sigma()], Some(axis), global));
            cases.push(case("minimum_box", DType::U32, &[radius(2, 3, 1)], Some(axis), global));
            cases.push(case("mean_box", DType::F32, &[radius(4, 1, 2)], Some(axis), global));
        }
        let [x, y, z] = global;
        let shape = [batch, z, y, x];
        let regions = [
            ([0, 0, 0], global),
            ([0, 0, 0], [x / 2, y / 2, z.div_ceil(2)]),
            ([x / 2, y / 2, z / 2], [x - x / 2, y - y / 2, z - z / 2]),
            ([5, 3, z / 3], [9, 4, z.div_ceil(3)]),
            ([x - 1, 0, z - 1], [1, 1, 1]),
            ([0, y - 2, 0], [x, 2, z]),
        ];
        for case in &cases {
            let mut random = Random::named(case.name, batch as u64);
            let inputs: Vec<Vec<u8>> = (0..case.op.ir.inputs.len())
                .map(|_| images::image(case.dtype, "tzyx", &shape, Values::Random, &mut random).data().bytes().to_vec())
                .collect();
            for boundary in BOUNDARIES {
                for (label, backend) in &backends {
                    let about = || format!("{label}: {} along {:?} {boundary}", case.name, case.axis);
                    let whole = case
                        .run(&**backend, &inputs, Geometry::whole(global, batch), boundary)
                        .unwrap_or_else(|error| panic!("{}: {error}", about()));
                    for (turn, (origin, extent)) in regions.into_iter().enumerate() {
                        let along = case.axis.index();
                        if case.role == Role::Scan && extent[along] != global[along] {
                            let geometry =
                                Geometry { source: origin, source_extent: extent, ..Geometry::whole(global, batch) };
                            let geometry = Geometry { origin, extent, ..geometry };
                            let error =
                                case.run(&**backend, &inputs, geometry, boundary).expect_err("a part of a line");
                            assert!(error.to_string().contains("whole lines along"), "{}: {error}", about());
                            continue;
                        }
                        let mut source = [0; 3];
                        let mut source_extent = [0; 3];
                        for axis in 0..3 {
                            (source[axis], source_extent[axis]) =
                                case.source(axis, origin[axis], extent[axis], global[axis], boundary);
                            // Now and then more than is needed, where the operation has neighbours at all.
                            if turn % 2 == 1 && source[axis] > 0 && !case.pointwise() {
                                source[axis] -= 1;
                                source_extent[axis] += 1;
                            }
                        }
                        if case.gather() {
                            (source, source_extent) = ([0; 3], global);
                        }
                        let geometry = Geometry { global, batch, origin, extent, source, source_extent };
                        let size = case.dtype.size();
                        let tiles: Vec<_> = inputs
                            .iter()
                            .map(|bytes| crop(bytes, size, global, batch, source, source_extent))
                            .collect();
                        let found = case
                            .run(&**backend, &tiles, geometry, boundary)
                            .unwrap_or_else(|error| panic!("{} {geometry:?}: {error}", about()));
                        let expected = case.crop(&whole, global, batch, origin, extent);
                        assert!(found == expected, "{} {geometry:?} differs from the whole", about());
                        launches += 1;
                    }
                }
            }
        }
    }
    let names: Vec<&str> = backends.iter().map(|(label, _)| label.as_str()).collect();
    println!("{launches} regions on {}", names.join(", "));
}

/// A case of all three passes, and what the CPU makes of whole images by one pass after the other.
fn in_three_passes(
    case: &Case,
    cpu: &dyn Backend,
    input: Vec<u8>,
    geometry: Geometry,
    boundary: Boundary,
) -> Result<Vec<Vec<u8>>> {
    let mut images = vec![input];
    let mut dtype = case.dtype;
    for axis in Axis::ALL {
        let pass = Case {
            name: case.name,
            op: case.op,
            role: Role::Pass,
            axis,
            arguments: case.arguments.clone(),
            windows: case.windows.clone(),
            weights: case.weights.clone(),
            dtype,
            outputs: case.outputs.clone(),
            reach: case.reach,
        };
        images = pass.run(cpu, &images, geometry, boundary)?;
        dtype = case.outputs[0];
    }
    Ok(images)
}

#[test]
fn three_passes_at_once_are_three_passes() {
    let radius = |x, y, z| ("radius", Value::PerAxisU32(PerAxis { x, y, z }));
    let sigma = |x, y, z| ("sigma", Value::PerAxisF32(PerAxis { x, y, z }));
    let backends = all_backends();
    let mut launches = 0;
    // Rows of whole quads and others, tiles that are full and others, axes shorter than their radius.
    for (number, (global, batch)) in
        [([260, 33, 9], 1), ([131, 17, 20], 2), ([128, 16, 8], 1), ([4, 2, 2], 3), ([1, 1, 3], 1)]
            .into_iter()
            .enumerate()
    {
        let cases = [
            case("gaussian_blur", DType::U16, &[sigma(0.9, 0.6, 0.7)], None, global),
            case("gaussian_blur", DType::F32, &[sigma(0.2, 0.9, 0.3)], None, global),
            case("mean_box", DType::F32, &[radius(2, 1, 3)], None, global),
            case("maximum_box", DType::U8, &[radius(1, 3, 2)], None, global),
            case("minimum_box", DType::F32, &[radius(4, 2, 0)], None, global),
            case("minimum_box", DType::I16, &[radius(2, 2, 2)], None, global),
        ];
        let [x, y, z] = global;
        let regions = [
            ([0, 0, 0], global),
            ([x / 2, y / 3, z / 2], [x - x / 2, y - y / 3, z - z / 2]),
            ([x / 4 * 2 % 4, 0, z / 3], [x.div_ceil(3), y, z.div_ceil(3)]),
            ([0, y - 1, 0], [x.min(129), 1, z]),
        ];
        for (turn, mut case) in cases.into_iter().enumerate() {
            case.role = Role::Volume;
            let mut random = Random::named(case.name, batch as u64);
            let kind = [Values::Random, Values::Special][turn % 2];
            let image = images::image(case.dtype, "tzyx", &[batch, z, y, x], kind, &mut random);
            let image = image.data().bytes().to_vec();
            for boundary in [BOUNDARIES[turn % 4], BOUNDARIES[4]] {
                let cpu = Cpu::new();
                let about = |label: &str| format!("{label}: {} of {} {global:?} {boundary}", case.name, case.dtype);
                let expected = in_three_passes(&case, &cpu, image.clone(), Geometry::whole(global, batch), boundary)
                    .unwrap_or_else(|error| panic!("{}: {error}", about("cpu")));
                for (label, backend) in backends.iter().filter(|(label, _)| label != "cpu") {
                    for (origin, extent) in regions {
                        let (mut source, mut source_extent) = ([0; 3], [0; 3]);
                        for axis in 0..3 {
                            (source[axis], source_extent[axis]) =
                                case.source(axis, origin[axis], extent[axis], global[axis], boundary);
                            // Now and then more than is needed.
                            if number % 2 == 1 && source[axis] > 0 {
                                source[axis] -= 1;
                                source_extent[axis] += 1;
                            }
                        }
                        let geometry = Geometry { global, batch, origin, extent, source, source_extent };
                        let tile = crop(&image, case.dtype.size(), global, batch, source, source_extent);
                        let found = case
                            .run(&**backend, &[tile], geometry, boundary)
                            .unwrap_or_else(|error| panic!("{} {geometry:?}: {error}", about(label)));
                        let expected = case.crop(&expected, global, batch, origin, extent);
                        assert!(found == expected, "{} {geometry:?} differs from three passes", about(label));
                        launches += 1;
                    }
                }
            }
        }
    }
    println!("{launches} launches of three passes at once");
}

#[test]
fn pointwise_launches_have_no_halo() {
    let global = [9, 8, 7];
    let case = case("multiply_image_and_x", DType::U16, &[], None, global);
    let values = images::image(DType::U16, "zyx", &[7, 8, 9], Values::Random, &mut Random::new(1));
    let (origin, extent, source, source_extent) = ([3, 2, 1], [4, 4, 4], [2, 1, 1], [6, 6, 5]);
    let geometry = Geometry { global, batch: 1, origin, extent, source, source_extent };
    for (label, backend) in all_backends() {
        let whole = case.run(&*backend, &[values.data().bytes().to_vec()], Geometry::whole(global, 1), Boundary::Wrap);
        let tile = crop(values.data().bytes(), 2, global, 1, source, source_extent);
        // The right voxels or none: a GPU may refuse, but must not mix up voxels.
        match case.run(&*backend, &[tile], geometry, Boundary::Wrap) {
            Ok(found) => assert_eq!(found, case.crop(&whole.expect("it runs"), global, 1, origin, extent), "{label}"),
            Err(error) => assert!(error.to_string().contains("the region itself"), "{label}: {error}"),
        }
    }
}
