//! The same bits on every backend: all operations with a covering sample of types, boundaries, shapes, values and parameters,
//! computed by the native CPU backend and by every other device of the machine.
//!
//! `KERNWERK_CONFORMANCE=full` takes a larger sample, `tiny` a few voxels for simulators and sanitizers, `KERNWERK_REQUIRE=opencl,cuda` fails where a backend is absent, arguments
//! are parts of the names of operations. Compilers of drivers take one program at a time, so that the catalogue is divided among processes;
//! `KERNWERK_PART=2/8` is one of them. The binary needs no files, so that it can be carried to a machine with a GPU.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::time::Instant;

use kernwerk_kernels::{catalogue, kernels};
use kernwerk_runtime::{AnyExpr, Device, OpInfo, Result, apply};
use kernwerk_tests::backends::{self, Present};
use kernwerk_tests::compare::{Downloaded, difference};
use kernwerk_tests::extra;
use kernwerk_tests::sample::{self, Call, Size, Variant};

/// How many differences are printed.
const PRINTED: usize = 60;

/// What came out for one device.
#[derive(Default)]
struct Tally {
    comparisons: usize,
    operations: BTreeSet<&'static str>,
    differences: Vec<String>,
    /// Calls that both backends refuse with the same error.
    refused: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if std::env::args().any(|argument| argument == "--list") {
        println!("conformance: test");
        return ExitCode::SUCCESS;
    }
    let start = Instant::now();
    let size = match std::env::var("KERNWERK_CONFORMANCE") {
        Ok(text) if text == "full" => Size::Full,
        Ok(text) if text == "tiny" => Size::Tiny,
        _ => Size::Small,
    };
    let part = part();
    if part.is_none() && arguments.is_empty() && size != Size::Tiny {
        return in_processes(start);
    }
    let found = backends::gpus();
    let lacks_required = backends::report_absent(&found.absent);
    let asked = |op: &OpInfo| arguments.is_empty() || arguments.iter().any(|part| op.name.contains(part.as_str()));
    let ops: Vec<(usize, &'static OpInfo)> = catalogue()
        .iter()
        .copied()
        .chain(extra::operations())
        .enumerate()
        .filter(|(number, op)| asked(op) && part.is_none_or(|(own, parts)| number % parts == own))
        .collect();
    let tallies: Vec<Mutex<Tally>> = found.present.iter().map(|_| Mutex::default()).collect();
    let calls = Mutex::new((0, 0, Vec::new()));
    let slowest = Mutex::new(Vec::new());
    let verbose = std::env::var_os("KERNWERK_VERBOSE").is_some();
    backends::for_each(&ops, |&(number, op)| {
        let begin = Instant::now();
        if verbose {
            println!("{:6.1} s: {}", start.elapsed().as_secs_f32(), op.name);
        }
        let (computed, refused) = compare_op(number, op, size, &found.present, &tallies);
        let mut calls = calls.lock().unwrap();
        calls.0 += computed;
        calls.1 += refused;
        if computed == 0 {
            calls.2.push(op.name);
        }
        slowest.lock().unwrap().push((begin.elapsed().as_secs_f32(), op.name));
    });

    let (computed, refused, never) = calls.into_inner().unwrap();
    println!("cpu: {computed} calls computed, {refused} refused, {} operations", ops.len());
    let mut failed = lacks_required || !never.is_empty();
    for name in never {
        println!("no call of {name} was computed: the sample misses it");
    }
    for (present, tally) in found.present.iter().zip(&tallies) {
        let tally = tally.lock().unwrap();
        for line in tally.differences.iter().take(PRINTED) {
            println!("{}: {line}", present.label);
        }
        let (comparisons, operations, differences) =
            (tally.comparisons, tally.operations.len(), tally.differences.len());
        println!("{}: {comparisons} comparisons, {operations} operations, {differences} differences", present.label);
        let (launched, idle) = present.launched.among(kernels().iter().map(|kernel| kernel.op));
        println!("{}: {} kernels ran in {} launches", present.label, launched.len(), present.launched.launches());
        if arguments.is_empty() && !idle.is_empty() {
            println!("{}: {} kernels did not run: {}", present.label, idle.len(), idle.join(", "));
            failed |= size == Size::Tiny;
        }
        if verbose {
            tally.refused.iter().for_each(|line| println!("refused: {line}"));
        }
        failed |= differences > 0;
    }
    let mut slowest = slowest.into_inner().unwrap();
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let slowest: Vec<String> = slowest
        .iter()
        .take(if verbose { 40 } else { 5 })
        .map(|(seconds, name)| format!("{name} {seconds:.1} s"))
        .collect();
    println!("{size:?} sample in {:.0} s; slowest: {}", start.elapsed().as_secs_f32(), slowest.join(", "));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Which part of the catalogue this process takes, and how many parts there are.
fn part() -> Option<(usize, usize)> {
    let text = std::env::var("KERNWERK_PART").ok()?;
    let (own, parts) = text.split_once('/')?;
    Some((own.parse().ok()?, parts.parse().ok().filter(|&parts| parts > 0)?))
}

/// Runs the parts in processes of their own, as many as there are processors.
fn in_processes(start: Instant) -> ExitCode {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let parts = processors.min(12);
    let program = std::env::current_exe().expect("the running program has a path");
    let run = |own: usize| {
        Command::new(&program)
            .env("KERNWERK_PART", format!("{own}/{parts}"))
            .env("RAYON_NUM_THREADS", (processors / parts).max(1).to_string())
            .env("KERNWERK_TEST_THREADS", (processors / parts).max(1).to_string())
            .spawn()
            .expect("a part of the catalogue starts")
    };
    let running: Vec<_> = (0..parts).map(run).collect();
    let failed = running.into_iter().map(|mut part| part.wait().is_ok_and(|status| status.success())).filter(|ok| !ok);
    let failed = failed.count();
    println!("conformance: {parts} parts, {failed} failed, {:.0} s", start.elapsed().as_secs_f32());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Compares one operation on all devices; returns how many calls the CPU computed and how many it refused.
fn compare_op(
    number: usize,
    op: &'static OpInfo,
    size: Size,
    gpus: &[Present],
    tallies: &[Mutex<Tally>],
) -> (usize, usize) {
    let (mut computed, mut refused) = (0, 0);
    for (turn, variant) in sample::variants(op, number, size).iter().enumerate() {
        for call in sample::calls(op, number, turn, variant, size) {
            let expected = guarded(&Device::cpu(), op, variant, &call);
            match &expected {
                Ok(Ok(_)) => computed += 1,
                _ => refused += 1,
            }
            for (present, tally) in gpus.iter().zip(tallies) {
                let found = guarded(&present.device, op, variant, &call);
                let problem = match (&expected, &found) {
                    (Ok(Ok(expected)), Ok(Ok(found))) => difference(expected, found, 0),
                    (Ok(Err(a)), Ok(Err(b))) if std::mem::discriminant(a) == std::mem::discriminant(b) => {
                        let mut tally = tally.lock().unwrap();
                        tally.refused.push(format!("{}: {a}", describe(op, variant, &call)));
                        continue;
                    }
                    (a, b) => Some(format!("{} on the CPU, {} here", short(a), short(b))),
                };
                let mut tally = tally.lock().unwrap();
                tally.comparisons += 1;
                tally.operations.insert(op.name);
                tally.differences.extend(problem.map(|problem| format!("{}: {problem}", describe(op, variant, &call))));
            }
        }
    }
    (computed, refused)
}

type Computed = std::result::Result<Result<Downloaded>, String>;

/// The result of a call on a device; a panic is a result, too.
fn guarded(device: &Device, op: &'static OpInfo, variant: &Variant, call: &Call) -> Computed {
    catch_unwind(AssertUnwindSafe(|| compute(device, op, variant, call))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

fn compute(device: &Device, op: &'static OpInfo, variant: &Variant, call: &Call) -> Result<Downloaded> {
    let images = call.inputs.iter().map(|input| Ok(AnyExpr::image(device.upload_host(input)?)));
    let expr = apply(op, images.collect::<Result<_>>()?, call.values.clone()).boundary(variant.boundary);
    let expr = match variant.store {
        Some(dtype) => expr.store(dtype),
        None => expr,
    };
    Downloaded::of(&expr.eval()?)
}

fn short(computed: &Computed) -> String {
    match computed {
        Ok(Ok(_)) => "a result".into(),
        Ok(Err(error)) => format!("the error `{error}`"),
        Err(panic) => format!("a PANIC `{panic}`"),
    }
}

fn describe(op: &OpInfo, variant: &Variant, call: &Call) -> String {
    let types: Vec<_> = variant.dtypes.iter().map(|dtype| dtype.name()).collect();
    let store = variant.store.map_or(String::new(), |store| format!(" -> {store}"));
    let shape = call.inputs[0].shape();
    let values: Vec<String> = op
        .params
        .iter()
        .zip(&call.values)
        .filter_map(|(param, value)| value.as_ref().map(|value| format!("{}={value}", param.name)))
        .collect();
    format!(
        "{}({}){store} {:?} {} {} {:?}",
        op.name,
        types.join(", "),
        shape,
        variant.boundary,
        values.join(" "),
        call.kinds
    )
}
