//! Many programs on several threads, and a table of what came of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use kernwerk_codegen::ir::Class;
use kernwerk_runtime::Device;
use kernwerk_runtime::backend::gpu::Gpu;
use kernwerk_runtime::backend::probe;

use crate::check::{Checks, Finding, Kind, check};
use crate::class_name;
use crate::generate::{CLASSES, Program, program};
use crate::random::{Random, derived};

/// What to run.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// How many programs.
    pub count: u64,
    /// Of what they are made; program `n` depends on the seed and on `n` alone.
    pub seed: u64,
    /// The first program.
    pub first: u64,
    /// `opencl` or `cuda`, and the number of the device; `None`: only the compiler and the interpreter run.
    pub device: Option<(String, usize)>,
    /// The classes.
    pub classes: Vec<Class>,
    /// Calls of each program.
    pub calls: usize,
    /// How many threads.
    pub threads: usize,
    /// When no more programs are started.
    pub time_limit: Option<Duration>,
    /// Whether NVRTC compiles the CUDA texts.
    pub nvrtc: bool,
}

impl Default for Campaign {
    fn default() -> Campaign {
        Campaign {
            count: 1000,
            seed: 1,
            first: 0,
            device: Some(("opencl".into(), 0)),
            classes: CLASSES.to_vec(),
            calls: 3,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            time_limit: None,
            nvrtc: false,
        }
    }
}

/// What one class gave.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Programs that were made.
    pub programs: usize,
    /// Calls that were compared.
    pub comparisons: usize,
    /// Calls that took longer than a test may.
    pub too_long: usize,
    /// Programs for each kind of finding: refused, emission, failed, differs, undefined.
    pub findings: [usize; 5],
}

/// A finding with its program.
#[derive(Clone, Debug)]
pub struct Found {
    /// The number of the program.
    pub number: u64,
    /// Its class.
    pub class: Class,
    /// The program.
    pub program: Program,
    /// What is wrong.
    pub finding: Finding,
}

/// What a campaign gave.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// By class.
    pub tallies: BTreeMap<&'static str, Tally>,
    /// What is wrong, by number.
    pub found: Vec<Found>,
    /// How long it took.
    pub seconds: f64,
}

/// Programs after which a thread opens its device anew: compiled programs stay until then.
const RENEWED: usize = 200;

impl Campaign {
    /// The class and the program of a number.
    pub fn program(&self, number: u64) -> (Class, Program) {
        let class = self.classes[(number % self.classes.len() as u64) as usize];
        (class, program(class, derived(self.seed, number)))
    }

    /// Runs it. `notice` sees findings as they come.
    ///
    /// # Errors
    /// If the device cannot be opened.
    pub fn run(&self, notice: impl Fn(&Found) + Sync) -> Result<Summary, kernwerk_runtime::Error> {
        let start = Instant::now();
        let next = AtomicU64::new(0);
        let summary = Mutex::new(Summary::default());
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    let mut device = None;
                    let mut since = 0;
                    loop {
                        let turn = next.fetch_add(1, Relaxed);
                        if turn >= self.count || self.time_limit.is_some_and(|limit| start.elapsed() > limit) {
                            return;
                        }
                        if device.is_none() || since == RENEWED {
                            since = 0;
                            match self.open() {
                                Ok(opened) => device = Some(opened),
                                Err(error) => {
                                    failure.lock().unwrap_or_else(|poison| poison.into_inner()).replace(error);
                                    return;
                                }
                            }
                        }
                        since += 1;
                        let checks = Checks { device: device.as_ref().and_then(Option::as_ref), nvrtc: self.nvrtc };
                        self.one(self.first + turn, checks, &summary, &notice);
                    }
                });
            }
        });
        if let Some(error) = failure.into_inner().unwrap_or_else(|poison| poison.into_inner()) {
            return Err(error);
        }
        let mut summary = summary.into_inner().unwrap_or_else(|poison| poison.into_inner());
        summary.found.sort_by_key(|found| found.number);
        summary.seconds = start.elapsed().as_secs_f64();
        Ok(summary)
    }

    /// A device of this thread's own.
    fn open(&self) -> Result<Option<Device>, kernwerk_runtime::Error> {
        open(self.device.as_ref())
    }

    fn one(&self, number: u64, checks: Checks<'_>, summary: &Mutex<Summary>, notice: &(impl Fn(&Found) + Sync)) {
        let (class, program) = self.program(number);
        let mut random = Random::new(derived(self.seed ^ 0x5eed, number));
        let report = check(&program, self.calls, &mut random, checks);
        let found = report.finding.map(|finding| Found { number, class, program, finding });
        if let Some(found) = &found {
            notice(found);
        }
        let mut summary = summary.lock().unwrap_or_else(|poison| poison.into_inner());
        let tally = summary.tallies.entry(class_name(class)).or_default();
        tally.programs += 1;
        tally.comparisons += report.comparisons;
        tally.too_long += report.too_long;
        if let Some(found) = found {
            tally.findings[place(&found.finding.kind)] += 1;
            summary.found.push(found);
        }
    }
}

/// Opens a device that shares nothing with other users of it.
///
/// # Errors
/// If there is none.
pub fn open(device: Option<&(String, usize)>) -> Result<Option<Device>, kernwerk_runtime::Error> {
    let Some((backend, index)) = device else { return Ok(None) };
    let driver = probe::open(backend, *index)?;
    Ok(Some(Device::from_backend(Arc::new(Gpu::new(driver)))))
}

fn place(kind: &Kind) -> usize {
    match kind {
        Kind::Refused => 0,
        Kind::Emission => 1,
        Kind::Failed => 2,
        Kind::Differs => 3,
        Kind::Undefined => 4,
    }
}

impl Summary {
    /// A table for people and a line for machines.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<14} {:>9} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10} {:>9}\n",
            "class",
            "programs",
            "comparisons",
            "differences",
            "failures",
            "refusals",
            "emission",
            "undefined",
            "too long"
        );
        let mut all = Tally::default();
        for (class, tally) in &self.tallies {
            text.push_str(&row(class, tally));
            all.programs += tally.programs;
            all.comparisons += tally.comparisons;
            all.too_long += tally.too_long;
            all.findings = std::array::from_fn(|kind| all.findings[kind] + tally.findings[kind]);
        }
        text.push_str(&row("all", &all));
        let [refused, emission, failed, differs, undefined] = all.findings;
        text.push_str(&format!(
            "summary programs={} comparisons={} differences={differs} failures={failed} refusals={refused} emission={emission} \
             undefined={undefined} too_long={} seconds={:.1} programs_per_second={:.2}\n",
            all.programs,
            all.comparisons,
            all.too_long,
            self.seconds,
            all.programs as f64 / self.seconds.max(1e-9)
        ));
        text
    }
}

fn row(class: &str, tally: &Tally) -> String {
    let [refused, emission, failed, differs, undefined] = tally.findings;
    format!(
        "{class:<14} {:>9} {:>12} {differs:>12} {failed:>10} {refused:>10} {emission:>10} {undefined:>10} {:>9}\n",
        tally.programs, tally.comparisons, tally.too_long
    )
}
