//! Every kernel text through the vendors' compilers: PoCL's OpenCL C and NVIDIA's NVRTC, with a covering set of definitions.
//!
//! What a compiler refuses is printed with its log. A compiler that is absent is named and counted, and fails the run where
//! `KERNWERK_REQUIRE` (`opencl`, `nvrtc`) asks for it. Types rotate from kernel to kernel, so that a few sets of each see all of them;
//! `KERNWERK_CONFORMANCE=full` compiles each for all types. Arguments are parts of the names of kernels.

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use kernwerk_codegen::ir::{Access, Class, DType, Op, ParamType, Reducer, Type};
use kernwerk_codegen::plan::{Definition, Role, definition_name, definitions, plan, selection, stencil, uses_pixel};
use kernwerk_kernels::{CompiledKernel, kernels};
use kernwerk_runtime::backend::{cuda, probe};
use kernwerk_tests::backends;

type Definitions = Vec<(String, String)>;

/// How many element types there are.
const TYPES: usize = DType::ALL.len();

const BOUNDARIES: [&str; 5] = ["nearest", "reflect", "mirror", "wrap", "constant"];

/// The architecture that NVRTC compiles for: Hopper.
const ARCHITECTURE: &str = "sm_90";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if std::env::args().any(|argument| argument == "--list") {
        println!("compile: test");
        return ExitCode::SUCCESS;
    }
    let asked = |kernel: &CompiledKernel| {
        arguments.is_empty() || arguments.iter().any(|part| kernel.name.contains(part.as_str()))
    };
    let all: Vec<CompiledKernel> = kernels().iter().copied().filter(asked).collect();
    let full = std::env::var("KERNWERK_CONFORMANCE").is_ok_and(|text| text == "full");
    let mut absent = Vec::new();
    let mut failed = false;

    match cuda::compile_to_cubin("extern \"C\" __global__ void nothing() {}", &[], ARCHITECTURE) {
        Err(reason) => absent.push(("nvrtc".to_owned(), reason)),
        Ok(_) => {
            let jobs = jobs(&all, if full { TYPES * TYPES } else { 3 });
            failed |= run("nvrtc", &jobs, |kernel, definitions| {
                cuda::compile_to_cubin(kernel.op.cuda, definitions, ARCHITECTURE).map(drop)
            });
        }
    }
    match probe::open("opencl", 0) {
        Err(error) => absent.push(("opencl".to_owned(), error.to_string())),
        Ok(driver) => {
            let jobs = jobs(&all, if full { 14 } else { 2 });
            let label = format!("opencl {}", driver.description().name);
            failed |= run(&label, &jobs, |kernel, definitions| {
                driver.compile(kernel.op.opencl, definitions).map(drop).map_err(|error| error.to_string())
            });
        }
    }
    failed |= backends::report_absent(&absent);
    println!("{} compilers ran, {} did not", 2 - absent.len(), absent.len());
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Each kernel with each of its definitions.
fn jobs(kernels: &[CompiledKernel], most: usize) -> Vec<(CompiledKernel, Definitions)> {
    let of = |(number, kernel): (usize, &CompiledKernel)| {
        covering(&kernel.op.ir, number, most).into_iter().map(|definitions| (*kernel, definitions)).collect::<Vec<_>>()
    };
    kernels.iter().enumerate().flat_map(of).collect()
}

fn run(
    compiler: &str,
    jobs: &[(CompiledKernel, Definitions)],
    compile: impl Fn(&CompiledKernel, &Definitions) -> Result<(), String> + Sync,
) -> bool {
    let start = Instant::now();
    let failures = Mutex::new(Vec::new());
    backends::for_each(jobs, |(kernel, definitions)| {
        if let Err(log) = compile(kernel, definitions) {
            let definitions: Vec<String> = definitions.iter().map(|(name, value)| format!("{name}={value}")).collect();
            failures.lock().unwrap().push(format!("{} with {}:\n{log}", kernel.name, definitions.join(" ")));
        }
    });
    let failures = failures.into_inner().unwrap();
    failures.iter().take(10).for_each(|failure| println!("{compiler}: {failure}"));
    let mut names: Vec<_> = jobs.iter().map(|(kernel, _)| kernel.name).collect();
    names.dedup();
    println!(
        "{compiler}: {} texts of {} kernels compiled, {} refused, in {:.0} s",
        jobs.len() - failures.len(),
        names.len(),
        failures.len(),
        start.elapsed().as_secs_f32()
    );
    !failures.is_empty()
}

/// Whether keys of such voxels go in pairs: of 16 bits, in which a mode has the length of a run beside the key.
fn pairs(op: &Op, pixel: DType) -> bool {
    let mode = selection(op).is_some_and(|selection| selection.reducer == Reducer::Mode);
    pixel.computed().size() <= if mode { 1 } else { 2 }
}

/// The number of the kernel that runs where pixels have 64 bits: windows and lines of those take the plain one. 0: any may run.
fn only_kernel(op: &Op, pixel: DType) -> usize {
    let plain = [Role::Whole, Role::Pass];
    match op.class {
        Class::Neighborhood | Class::Separable if uses_pixel(op) && pixel.size() == 8 => {
            let number = plan(op).kernels.iter().position(|kernel| plain.contains(&kernel.role));
            number.expect("every plan has a plain kernel") + 1
        }
        _ => 0,
    }
}

/// So many sets of definitions: with 11 each type of each input occurs, with 121 each meets each type of the result, with all
/// boundaries, axes and both widths of indices. What is left out of one operation occurs in its neighbours.
fn covering(op: &Op, number: usize, most: usize) -> Vec<Definitions> {
    let mut all: Vec<Definitions> = Vec::new();
    for turn in 0..most {
        let (fast, slow) = (turn + number, turn / TYPES + turn + 2 * number);
        let pixel = DType::ALL[fast % TYPES];
        let mut inputs = 0;
        let mut types = vec![pixel];
        let mut value = |definition| -> Option<String> {
            let dtype = match definition {
                Definition::Input(input) => {
                    let info = op.inputs[usize::from(input)];
                    match (info.ty, info.access) {
                        (Type::Pixel, _) => pixel,
                        (ty, Access::Global | Access::Tally) => ty.default_storage()?,
                        _ => {
                            inputs += 1;
                            DType::ALL[(if inputs == 1 { fast } else { slow + inputs }) % TYPES]
                        }
                    }
                }
                Definition::Output(output) if op.outputs[usize::from(output)] == Type::Pixel => pixel,
                Definition::Output(output) => DType::ALL[(slow + usize::from(output)) % TYPES],
                Definition::Pixel => pixel.computed(),
                // Kernels for any value, and for some value.
                Definition::Param(_) if turn.is_multiple_of(2) => return None,
                Definition::Param(param) => {
                    let is_truth = op.params[usize::from(param)].ty == ParamType::Bool;
                    return Some(if is_truth { "1" } else { "3" }.into());
                }
                // Written once all types are known.
                Definition::Rare => return Some(String::new()),
                Definition::Labels => DType::U32,
                Definition::Boundary => return Some(BOUNDARIES[(turn + turn / TYPES + number) % 5].into()),
                Definition::Axis => return Some(((turn + turn / TYPES) % 3).to_string()),
                Definition::Index => return Some(if (turn + number).is_multiple_of(2) { "32" } else { "64" }.into()),
                Definition::Kernel => return Some(only_kernel(op, pixel).to_string()),
                Definition::Flat => return Some([0, 4, 0, 1, 6][turn % 5].to_string()),
                Definition::Strip if stencil(op) => return Some([4, 8, 2, 1][turn % 4].to_string()),
                // A row for each work-item; other kernels of a plan are never compiled with that.
                Definition::Strip if op.class == Class::Neighborhood && plan(op).kernels.len() == 1 => {
                    return Some([4, 0, 2, 1][turn % 4].to_string());
                }
                Definition::Vectors => return Some((turn / 2 % 2).to_string()),
                Definition::Strip => return Some([4, 8, 2, 16][turn % 4].to_string()),
                Definition::Reach => return Some([-1, 2, 0, 8, 1][turn % 5].to_string()),
                Definition::ReachY => return Some([-1, 1, 2, 3, 0][turn % 5].to_string()),
                Definition::ReachZ => return Some([-1, 2, 3, 4, 0][turn % 5].to_string()),
                Definition::Room => return Some([32, 4, 4, 8, 4][turn % 5].to_string()),
                Definition::WindowKnown(_) => return Some([1, 1, 0, 0, 1][turn % 5].to_string()),
                Definition::Ahead => return Some([8, 1, 4, 32][turn % 4].to_string()),
                Definition::Counters => return Some([4096, 0, 8320, 32][turn % 4].to_string()),
                Definition::Group => return Some([32, 128, 32, 16][turn % 4].to_string()),
                Definition::Rows if op.class == Class::Separable => return Some([0, 4, 2, 3, 4][turn % 5].to_string()),
                Definition::Rows if stencil(op) => return Some([1, 1, 2][turn % 3].to_string()),
                Definition::Rows => return Some([4, 1, 2, 4][turn % 4].to_string()),
                Definition::Keys if !pairs(op, pixel) => return Some("u32".into()),
                Definition::Keys => return Some(["u16x2", "u32"][turn % 2].into()),
                Definition::WindowRank(..) => return Some([13, 0, 8, 60, 3][turn % 5].to_string()),
                Definition::WindowSize(_) => return Some([27, 1, 9, 125, 7][turn % 5].to_string()),
                // A kernel of one row now and then, and of unknown extents.
                Definition::UnderX => return Some([3, 0, 5][turn % 3].to_string()),
                Definition::UnderY => return Some([3, 1][turn % 2].to_string()),
                Definition::UnderZ => return Some([3, 5, 2][turn % 3].to_string()),
                Definition::WindowRadius(..) => return Some([1, 0, 1, 2, 1][turn % 5].to_string()),
            };
            types.push(dtype);
            Some(dtype.name().into())
        };
        let known = definitions(op).into_iter();
        let mut set: Definitions =
            known.filter_map(|one| value(one).map(|value| (definition_name(op, one), value))).collect();
        let rare = Definition::rare(types.into_iter()).to_string();
        set.iter_mut().filter(|(_, value)| value.is_empty()).for_each(|(_, value)| value.clone_from(&rare));
        if !all.contains(&set) {
            all.push(set);
        }
    }
    all
}
