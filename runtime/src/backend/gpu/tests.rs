//! Launches over a driver that only writes down what it is asked for.

use std::any::Any;
use std::sync::Mutex;

use kernwerk_codegen::ir::{Axis, Boundary, DType};
use kernwerk_codegen::plan::Role;
use kernwerk_macros::gpu_op;

use super::*;
use crate::arguments::{Arguments, Value};
use crate::backend::driver::{KernelArgument, WorkSize};
use crate::backend::launch::{Chords, Geometry, Operand, ReductionOperands};
use crate::lang::{Line, PerAxis, Pixel, Window};
use crate::op::KernelOp;

/// The opposite number.
#[gpu_op(pointwise, family = "test")]
fn negated(image: f32) -> f32 {
    -image
}

/// The largest value of a box, at most a limit.
#[gpu_op(neighborhood, family = "test")]
pub(crate) fn bounded<T: Pixel>(w: Window<T>, radius: PerAxis<u32>, limit: f32, strict: bool) -> T {
    let largest = w.cuboid(radius).max();
    if strict && limit < 0.0 { w.center() } else { largest }
}

/// The median of a box.
#[gpu_op(neighborhood, family = "test")]
fn middle<T: Pixel>(w: Window<T>, radius: PerAxis<u32>) -> T {
    w.cuboid(radius).median()
}

/// The largest value of a box, by one pass per axis.
#[gpu_op(neighborhood(separable), family = "test")]
fn largest<T: Pixel>(line: Line<T>, radius: PerAxis<u32>) -> T {
    line.window(radius).max()
}

struct Memory(usize);

impl Allocation for Memory {
    fn size(&self) -> usize {
        self.0
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Nothing;

impl Program for Nothing {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

type Scalars = Vec<Option<Vec<u8>>>;

#[derive(Default)]
struct Log {
    compiled: Vec<Vec<(String, String)>>,
    uploads: Vec<Vec<u8>>,
    /// Kernel, sizes, and for each argument its bytes, `None` for a buffer.
    launches: Vec<(String, WorkSize, Scalars)>,
}

struct Recorder {
    description: DeviceDescription,
    log: Mutex<Log>,
}

impl Driver for Recorder {
    fn description(&self) -> &DeviceDescription {
        &self.description
    }
    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        Ok(Box::new(Memory(bytes)))
    }
    fn upload(&self, _: &dyn Allocation, _: usize, bytes: &[u8]) -> Result<()> {
        self.log.lock().unwrap().uploads.push(bytes.to_vec());
        Ok(())
    }
    fn download(&self, _: &dyn Allocation, _: usize, _: &mut [u8]) -> Result<()> {
        Ok(())
    }
    fn copy(&self, _: &dyn Allocation, _: usize, _: &dyn Allocation, _: usize, _: usize) -> Result<()> {
        Ok(())
    }
    fn clear(&self, _: &dyn Allocation, _: usize) -> Result<()> {
        Ok(())
    }
    fn compile(&self, _: &str, definitions: &[(String, String)]) -> Result<Arc<dyn Program>> {
        self.log.lock().unwrap().compiled.push(definitions.to_vec());
        Ok(Arc::new(Nothing))
    }
    fn launch(&self, _: &dyn Program, kernel: &str, size: WorkSize, arguments: &[KernelArgument<'_>]) -> Result<()> {
        let arguments = arguments.iter().map(|argument| match argument {
            KernelArgument::Buffer(_) => None,
            KernelArgument::Bytes(bytes) => Some(bytes.to_vec()),
        });
        self.log.lock().unwrap().launches.push((kernel.to_owned(), size, arguments.collect()));
        Ok(())
    }
    fn synchronize(&self) -> Result<()> {
        Ok(())
    }
    fn available_memory(&self) -> Option<u64> {
        None
    }
}

fn gpu(max_work_group: usize) -> (Arc<Recorder>, Gpu) {
    limited(max_work_group, 48 << 10)
}

fn limited(max_work_group: usize, local_memory: usize) -> (Arc<Recorder>, Gpu) {
    let description = DeviceDescription {
        backend: "cuda",
        name: "recorder".into(),
        driver: String::new(),
        memory: 1 << 30,
        max_allocation: 1 << 30,
        compute_units: 1,
        is_gpu: true,
        max_work_group,
        local_memory,
        pairs: true,
        doubles: false,
    };
    let recorder = Arc::new(Recorder { description, log: Mutex::default() });
    (recorder.clone(), Gpu::new(recorder))
}

fn run(gpu: &Gpu, op: &'static KernelOp, geometry: Geometry, chords: &Arc<Chords>, boundary: Boundary) -> Result<()> {
    run_on(gpu, op, geometry, chords, boundary, DType::U16)
}

fn run_on(
    gpu: &Gpu,
    op: &'static KernelOp,
    geometry: Geometry,
    chords: &Arc<Chords>,
    boundary: Boundary,
    pixel: DType,
) -> Result<()> {
    let memory = Memory(64);
    let operand = Operand { memory: &memory, dtype: pixel };
    let arguments = Arguments::new(vec![Value::PerAxisU32(PerAxis::xyz(1, 2, 3)), Value::F32(1.5), Value::Bool(true)]);
    gpu.run(&Launch {
        op,
        role: Role::Whole,
        axis: Axis::X,
        inputs: &[operand],
        outputs: &[operand],
        sources: &[],
        pixel,
        geometry,
        boundary,
        arguments: &arguments,
        windows: std::slice::from_ref(chords),
        weights: &[],
        reduction: ReductionOperands::default(),
        fused: None,
    })
}

fn words(bytes: &[u8]) -> Vec<i32> {
    bytes.chunks_exact(4).map(|word| i32::from_ne_bytes([word[0], word[1], word[2], word[3]])).collect()
}

#[test]
fn arguments_have_the_order_and_widths_of_the_plan() {
    let (recorder, gpu) = gpu(1024);
    let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, [1, 2, 3]));
    run(&gpu, &bounded::KERNEL, Geometry::whole([10, 20, 30], 2), &chords, Boundary::Constant(2.5)).unwrap();
    let log = recorder.log.lock().unwrap();
    let (kernel, size, arguments) = &log.launches[0];
    assert_eq!(kernel, "bounded");
    // Runs of four planes: 105 voxels each, of 512 that are unrolled.
    assert_eq!(*size, WorkSize { global: [10, 20, 16], local: [32, 8, 1] });
    let scalars: Vec<Option<Vec<i32>>> = arguments.iter().map(|one| one.as_deref().map(words)).collect();
    let geometry = vec![10, 20, 30, 2, 0, 0, 0, 0, 10, 20, 30, 0, 0, 0, 0, 0, 10, 20, 30, 0];
    let float = |value: f32| Some(vec![value.to_bits() as i32]);
    // Input, output, geometry, border, chords, ry, rz, limit, strict; the radius is for the host alone.
    let expected =
        [None, None, Some(geometry), float(2.5), None, Some(vec![2]), Some(vec![3]), float(1.5), Some(vec![1])];
    assert_eq!(scalars, expected);
    let mut definitions = log.compiled[0].clone();
    definitions.sort();
    let expected = [
        ("KW_BOUNDARY", "constant"),
        ("KW_INDEX", "32"),
        ("KW_IN_W", "u16"),
        ("KW_KERNEL", "1"),
        ("KW_OUT", "u16"),
        ("KW_PIXEL", "u16"),
        ("KW_STRIP", "4"),
        ("KW_WINDOW0_KNOWN", "1"),
        ("KW_WINDOW0_RX", "1"),
        ("KW_WINDOW0_RY", "2"),
        ("KW_WINDOW0_RZ", "3"),
    ];
    assert_eq!(definitions, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_device_without_f64_says_so_before_it_compiles() {
    let (recorder, gpu) = gpu(1024);
    let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, [0; 3]));
    let run = |dtype| run_on(&gpu, &bounded::KERNEL, Geometry::whole([4; 3], 1), &chords, Boundary::Nearest, dtype);
    let error = run(DType::F64).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("convert the image to f32"), "{error}");
    assert_eq!(recorder.log.lock().unwrap().compiled.len(), 0);
    for (dtype, rare) in [(DType::U64, "1"), (DType::F16, "1"), (DType::F32, "0")] {
        run(dtype).unwrap();
        let log = recorder.log.lock().unwrap();
        let definitions = log.compiled.last().unwrap();
        let found = definitions.iter().find(|(name, _)| name == "KW_RARE").map_or("0", |(_, value)| value);
        assert_eq!(found, rare, "{dtype}");
    }
}

#[test]
fn a_second_launch_compiles_and_uploads_nothing() {
    let (recorder, gpu) = gpu(1024);
    // More than registers are to hold.
    let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, [1, 2, 3]));
    for extent in [4, 8, 16] {
        run(&gpu, &bounded::KERNEL, Geometry::whole([extent; 3], 1), &chords, Boundary::Nearest).unwrap();
    }
    let count = |recorder: &Recorder| {
        let log = recorder.log.lock().unwrap();
        (log.compiled.len(), log.uploads.len(), log.launches.len())
    };
    assert_eq!(count(&recorder), (1, 1, 3));
    assert_eq!(words(&recorder.log.lock().unwrap().uploads[0]), [1; 35]);
    // Another boundary and 64-bit indices are other programs.
    run(&gpu, &bounded::KERNEL, Geometry::whole([4; 3], 1), &chords, Boundary::Wrap).unwrap();
    run(&gpu, &bounded::KERNEL, Geometry::whole([2048; 3], 1), &chords, Boundary::Wrap).unwrap();
    assert_eq!(count(&recorder), (3, 1, 5));
    let log = recorder.log.lock().unwrap();
    assert!(log.compiled[2].contains(&("KW_INDEX".into(), "64".into())));
}

#[test]
fn groups_fit_every_api_and_the_device() {
    let (recorder, gpu) = gpu(64);
    let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, [0; 3]));
    run(&gpu, &bounded::KERNEL, Geometry::whole([7, 1 << 20, 300], 300), &chords, Boundary::Nearest).unwrap();
    let (_, size, _) = &recorder.log.lock().unwrap().launches[0];
    // Runs of eight planes.
    assert_eq!(*size, WorkSize { global: [7, 2 * 65_535, 300 * 300_usize.div_ceil(8)], local: [32, 2, 1] });
}

#[test]
fn voxels_that_fill_no_vector_have_a_work_item() {
    let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, [0; 3]));
    for voxels in 1..70 {
        let (recorder, gpu) = gpu(1);
        run(&gpu, &negated::KERNEL, Geometry::whole([voxels, 1, 1], 1), &chords, Boundary::Nearest).unwrap();
        let (kernel, size, _) = &recorder.log.lock().unwrap().launches[0];
        assert_eq!(kernel, "negated_quads");
        assert!(size.global[0] >= voxels % 4 && size.global[0] * 16 >= voxels, "{size:?} for {voxels}");
    }
}

#[test]
fn selections_fit_the_device() {
    for (max_work_group, local_memory) in
        [(1024, 48 << 10), (256, 32 << 10), (64, 32 << 10), (16, 8 << 10), (8, 1 << 10)]
    {
        for (radius, extent) in
            [([1, 1, 1], [100, 50, 40]), ([2, 2, 2], [1000, 3, 3]), ([4, 4, 0], [9, 1000, 1]), ([0, 2, 2], [5, 5, 5])]
        {
            let (recorder, gpu) = limited(max_work_group, local_memory);
            let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, radius));
            run(&gpu, &middle::KERNEL, Geometry::whole(extent, 2), &chords, Boundary::Wrap).unwrap();
            let log = recorder.log.lock().unwrap();
            let (kernel, size, _) = &log.launches[0];
            let [columns, rows, _] = size.local;
            assert!(columns * rows <= max_work_group, "{size:?} with {max_work_group}");
            let value =
                |name: &str| log.compiled[0].iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            if kernel == "middle" {
                assert!(local_memory < 8 << 10 || radius == [4, 4, 0], "{radius:?} with {local_memory}");
                continue;
            }
            assert_eq!((kernel.as_str(), value("KW_KEYS").as_deref()), ("middle_select", Some("u16x2")));
            let strip: usize = value("KW_STRIP").unwrap().parse().unwrap();
            let [x, y, z] = radius.map(|radius| radius as usize);
            let (tall, deep) = if z > 0 { (2 * rows + 2 * y, strip + 2 * z) } else { (rows, strip + 2 * y) };
            assert!((columns + 2 * x) * tall * deep * 4 <= local_memory, "{size:?}, {strip} with {local_memory}");
            // All voxels have a work-item; a strip is twice as long, since keys are compared in pairs.
            let groups = size.global[0] / columns;
            let (across, along) =
                if z > 0 { (extent[1].div_ceil(2 * rows), extent[2]) } else { (extent[2].div_ceil(rows), extent[1]) };
            assert_eq!(groups, extent[0].div_ceil(columns) * across * along.div_ceil(2 * strip) * 2);
        }
    }
}

#[test]
fn marching_stencils_fit_the_device() {
    for max_work_group in [1024, 128, 64, 16, 1] {
        for (radius, extent) in [([1, 1, 1], [100, 50, 40]), ([1, 1, 1], [7, 3, 2]), ([2, 2, 0], [64, 1000, 1])] {
            let (recorder, gpu) = gpu(max_work_group);
            let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Cuboid, radius));
            run(&gpu, &bounded::KERNEL, Geometry::whole(extent, 2), &chords, Boundary::Mirror).unwrap();
            let log = recorder.log.lock().unwrap();
            let (kernel, size, arguments) = &log.launches[0];
            assert_eq!(kernel, "bounded_stencil");
            assert!(size.local.iter().product::<usize>() <= max_work_group, "{size:?} with {max_work_group}");
            let value =
                |name: &str| log.compiled[0].iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            assert_eq!(value("KW_VECTORS"), (extent[0] % 4 == 0).then_some("1"));
            // All voxels have a work-item.
            let strip: usize = value("KW_STRIP").unwrap().parse().unwrap();
            let along = if extent[2] == 1 { extent[1] } else { extent[2] };
            let chunk = arguments.iter().flatten().map(|bytes| words(bytes)).filter(|words| words.len() == 1);
            let fits = chunk.map(|words| words[0] as usize).any(|chunk| {
                let runs = along.div_ceil(chunk.max(1));
                let [lines, layers] = if extent[2] == 1 { [runs, 2] } else { [extent[1], 2 * runs] };
                size.global == [extent[0].div_ceil(4), lines, layers] && strip <= along
            });
            assert!(fits, "{size:?} for {extent:?}");
        }
    }
}

#[test]
fn three_passes_at_once_fit_the_device() {
    for (max_work_group, local_memory) in
        [(1024, 48 << 10), (256, 32 << 10), (128, 16 << 10), (64, 48 << 10), (1024, 1 << 10)]
    {
        for (radius, extent) in [
            ([1, 1, 1], [100, 50, 40]),
            ([2, 2, 2], [1000, 3, 3]),
            ([4, 4, 4], [129, 33, 200]),
            ([9, 1, 1], [90, 90, 90]),
        ] {
            let (recorder, gpu) = limited(max_work_group, local_memory);
            let memory = Memory(64);
            let operand = Operand { memory: &memory, dtype: DType::F32 };
            let chords = Arc::new(Chords::new(kernwerk_codegen::ir::Shape::Line, radius));
            let arguments = Arguments::new(vec![Value::PerAxisU32(PerAxis::xyz(0, 0, 0))]);
            let launch = Launch {
                op: &largest::KERNEL,
                role: Role::Volume,
                axis: Axis::X,
                inputs: &[operand],
                outputs: &[operand],
                sources: &[],
                pixel: DType::F32,
                geometry: Geometry::whole(extent, 3),
                boundary: Boundary::Mirror,
                arguments: &arguments,
                windows: std::slice::from_ref(&chords),
                weights: &[],
                reduction: ReductionOperands::default(),
                fused: None,
            };
            if !gpu.takes(&launch) {
                let small =
                    local_memory < 32 << 10 || max_work_group < 128 || (local_memory < 48 << 10 && radius[0] == 4);
                assert!(small || radius[0] > 4, "{radius:?} with {max_work_group} and {local_memory}");
                continue;
            }
            gpu.run(&launch).unwrap();
            let log = recorder.log.lock().unwrap();
            let (kernel, size, arguments) = &log.launches[0];
            assert_eq!((kernel.as_str(), size.local[0], size.local[2]), ("largest_volume", 32, 1));
            assert!(size.local[1] * 32 <= max_work_group, "{size:?} with {max_work_group}");
            let value = |name: &str| log.compiled[0].iter().find(|(key, _)| key == name).unwrap().1.parse().unwrap();
            let reach: [u32; 3] = ["KW_REACH", "KW_REACH_Y", "KW_REACH_Z"].map(value);
            assert_eq!((reach, value("KW_ROWS") as usize), (radius, size.local[1]));
            // All voxels have a work-item.
            let chunk = words(arguments.last().unwrap().as_ref().unwrap())[0] as usize;
            let [x, y, z] = extent;
            assert_eq!(size.global, [x.div_ceil(128) * 32, y.div_ceil(4), z.div_ceil(chunk) * 3]);
        }
    }
}
