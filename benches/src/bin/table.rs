//! Times every case on one device beside a device copy of the same image in the same run.
//!
//! `table [--size large|small2d|small3d|cpu|D,H,W]… [--only NAME]… [--family F] [--seconds S] [--limit S] [--json FILE]`
//! `table --files FOLDER [--results] [--size …]` writes the inputs, and the results of every case, as `.npy` for the scripts that compare.
//! `table --list [--json FILE]` tells the cases.
//! `table --sweep [--json FILE]` times families over sizes and radii.
//!
//! KERNWERK_BACKEND and KERNWERK_DEVICE choose the device. A multiple is the lesser of both timings over the same of a copy. Three
//! extents as plain arguments are a size too.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use kernwerk::prelude::*;
use kernwerk::{Outcome, Result};
use kernwerk_benches::cases::{CASES, Case};
use kernwerk_benches::inputs::{Inputs, Kind};
use kernwerk_benches::measure::{Budget, evaluate, launch_us, time_case, time_copy};
use kernwerk_benches::peers::peers;
use kernwerk_benches::record::{Row, Size, device_json, write};
use kernwerk_benches::{npy, sweep};
use serde_json::{Value as Json, json};

const USAGE: &str = "usage: table [--size large|small2d|small3d|cpu|D,H,W]... [--only NAME]... [--family F]... [--seconds S] \
                     [--limit S] [--json FILE] [--files FOLDER [--results]] [--sweep] [--list]";

#[derive(Default)]
struct Options {
    sizes: Vec<Size>,
    only: Vec<String>,
    families: Vec<String>,
    /// Aimed at for one case.
    seconds: Option<f64>,
    /// No case starts later than this.
    limit: Option<f64>,
    json: Option<PathBuf>,
    files: Option<PathBuf>,
    results: bool,
    sweep: bool,
    list: bool,
}

impl Options {
    fn parse() -> std::result::Result<Options, String> {
        let mut options = Options::default();
        let mut extents: Vec<String> = Vec::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
            let number = |text: String| text.parse().map_err(|_| format!("`{text}` is no number"));
            match argument.as_str() {
                "--size" => {
                    let text = value()?;
                    options.sizes.push(Size::parse(&text).ok_or_else(|| format!("`{text}` is no size"))?);
                }
                "--only" => options.only.push(value()?),
                "--family" => options.families.push(value()?),
                "--seconds" => options.seconds = Some(number(value()?)?),
                "--limit" => options.limit = Some(number(value()?)?),
                "--json" => options.json = Some(value()?.into()),
                "--files" => options.files = Some(value()?.into()),
                "--results" => options.results = true,
                "--sweep" => options.sweep = true,
                "--list" => options.list = true,
                extent if extent.parse::<usize>().is_ok() => extents.push(argument),
                _ => return Err(format!("`{argument}` is not known")),
            }
        }
        if !extents.is_empty() {
            let text = extents.join(",");
            options.sizes.push(Size::parse(&text).ok_or_else(|| format!("`{text}` is no size"))?);
        }
        if let Some(unknown) = options.only.iter().find(|name| Case::find(name).is_none()) {
            return Err(format!("there is no case `{unknown}`; `--list` shows all"));
        }
        Ok(options)
    }

    /// The chosen cases; those that share inputs follow each other, so that the inputs are made once.
    fn cases(&self) -> Vec<&'static Case> {
        let chosen = |case: &&Case| {
            (self.only.is_empty() || self.only.iter().any(|name| name == case.name))
                && (self.families.is_empty() || self.families.iter().any(|family| family == case.family))
        };
        let mut cases: Vec<&'static Case> = CASES.iter().filter(chosen).collect();
        cases.sort_by_key(|case| case.inputs);
        cases
    }
}

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut options: Options) -> std::result::Result<(), Box<dyn std::error::Error>> {
    if options.list {
        for case in CASES {
            println!("{:<26} {:<12} {}", case.name, case.family, case.call);
        }
        let cases: Vec<Json> = CASES.iter().map(Case::to_json).collect();
        save(&options, &json!({"cases": cases}))?;
        return Ok(());
    }
    let device = Device::default()?;
    if options.sizes.is_empty() {
        options.sizes = Size::parse("cpu").into_iter().collect();
    }
    if let Some(folder) = &options.files {
        for size in &options.sizes {
            let cases = if options.results { options.cases() } else { Vec::new() };
            write_files(&device, size, &cases, &folder.join(&size.name))?;
        }
        return Ok(());
    }
    let begin = Instant::now();
    let mut document = json!({
        "program": concat!("kernwerk-benches ", env!("CARGO_PKG_VERSION")), "device": device_json(&device), "sets": [],
    });
    println!("{} · {}", device.description().backend, device.name());
    if options.sweep {
        document["sweep"] = sweep::run(&device, &options.families, options.seconds.unwrap_or(0.2), options.limit)?;
    } else {
        document["launch_us"] = json!(launch_us(&device)?);
        println!("a cached call of a tiny image: {:.2} µs of the host", document["launch_us"].as_f64().unwrap_or(0.0));
        let mut sets = Vec::new();
        for size in &options.sizes {
            sets.push(run_size(&device, size, &options, begin)?);
            document["sets"] = json!(sets);
            save(&options, &document)?;
        }
    }
    let peak = device.memory().peak;
    document["peak_bytes"] = json!(peak);
    println!("peak device memory: {:.1} MiB; {:.1} s", peak as f64 / f64::from(1 << 20), begin.elapsed().as_secs_f64());
    save(&options, &document)?;
    Ok(())
}

fn save(options: &Options, document: &Json) -> std::io::Result<()> {
    options.json.as_deref().map_or(Ok(()), |path| write(path, document))
}

/// Times the chosen cases with images of one size and prints the table.
fn run_size(device: &Device, size: &Size, options: &Options, begin: Instant) -> Result<Json> {
    let budget = Budget { seconds: options.seconds.unwrap_or(0.5), calls: 5 };
    let mut inputs = Inputs::new(device, &size.shape);
    let mut rows: Vec<Row> = Vec::new();
    let mut copies = serde_json::Map::new();
    let mut copy_ms = |inputs: &Inputs, kind: Kind| -> Result<f64> {
        if !copies.contains_key(kind.name()) {
            let timing = time_copy(kind, inputs, budget)?;
            let bytes = (2 * size.voxels() * kind.bytes()) as f64;
            let best = timing.best_ms();
            let copy =
                json!({"ms": timing.ms, "batch_us": timing.batch_us, "best_ms": best, "gbs": bytes / best / 1e6});
            println!(
                "{:<26} {:>10.3} ms {:>9.1} µs {:>9.0} GB/s",
                format!("copy {}", kind.name()),
                timing.ms,
                timing.batch_us.unwrap_or(f64::NAN),
                bytes / best / 1e6
            );
            copies.insert(kind.name().to_owned(), copy);
        }
        Ok(copies[kind.name()]["best_ms"].as_f64().unwrap_or(f64::NAN))
    };
    println!("\n{:?} ({})", size.shape, size.name);
    println!(
        "{:<26} {:>13} {:>12} {:>8} {:>7} {:>7} {:>8} {:>18}",
        "case", "waited for", "back to back", "× copy", "floor", "arith.", "target", "best peer"
    );
    for case in options.cases() {
        if options.limit.is_some_and(|limit| begin.elapsed().as_secs_f64() > limit) {
            println!("{:<26} not started: the time is over", case.name);
            continue;
        }
        inputs.prepare(case.inputs)?;
        let copy_ms = copy_ms(&inputs, case.inputs[0])?;
        let timing = time_case(case, &inputs, budget).map_err(|error| error.to_string());
        let row = Row { case, timing, copy_ms };
        print_row(&row, device, size);
        rows.push(row);
    }
    rows.sort_by_key(|row| CASES.iter().position(|case| case.name == row.case.name));
    let rows: Vec<Json> = rows.iter().map(|row| row.to_json(device, size)).collect();
    Ok(json!({"set": size.name, "shape": size.shape, "copies": copies, "cases": rows}))
}

fn print_row(row: &Row, device: &Device, size: &Size) {
    let timing = match &row.timing {
        Ok(timing) => timing,
        Err(problem) => {
            println!("{:<26} failed: {problem}", row.case.name);
            return;
        }
    };
    let batch = timing.batch_us.map_or("–".to_owned(), |us| format!("{us:.1} µs"));
    let arithmetic = row.arithmetic_floor(device, size).map_or("–".to_owned(), |floor| format!("{floor:.2}"));
    let verdict = row.verdict(device, size);
    let target =
        verdict.map_or("–".to_owned(), |verdict| format!("{:.4}", verdict.target).trim_end_matches('0').into());
    let peer = peers(row.case.name).and_then(|peers| match size.name.as_str() {
        "large" => Some(peers.large),
        "small2d" => peers.small2d,
        "small3d" => peers.small3d,
        _ => None,
    });
    let peer = peer.map_or("–".to_owned(), |best| format!("{} ({})", best.value, best.peer));
    let mark = match verdict {
        Some(verdict) if verdict.met => "met",
        Some(_) => "SHORT",
        None => "",
    };
    println!(
        "{:<26} {:>10.3} ms {:>12} {:>8.2} {:>7.2} {:>7} {:>8} {:>18} {mark}",
        row.case.name,
        timing.ms,
        batch,
        row.multiple().unwrap_or(f64::NAN),
        row.case.memory_floor(),
        arithmetic,
        target,
        peer
    );
}

/// Writes `input.KIND.npy`, and `CASE.N.npy` or `CASE.N.json` for each result, into a folder.
fn write_files(
    device: &Device,
    size: &Size,
    cases: &[&'static Case],
    folder: &Path,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    let mut inputs = Inputs::new(device, &size.shape);
    for kind in Kind::ALL {
        inputs.prepare(&[kind])?;
        npy::write(&folder.join(format!("input.{}.npy", kind.name())), &inputs.call(0).any(kind).download_host()?)?;
    }
    for case in cases {
        inputs.prepare(case.inputs)?;
        for (number, outcome) in evaluate(case, &inputs.call(0))?.into_iter().enumerate() {
            let path = |ending: &str| folder.join(format!("{}.{number}.{ending}", case.name));
            match outcome {
                Outcome::Image(image) => npy::write(&path("npy"), &image.download_host()?)?,
                Outcome::Images(images) => {
                    for (part, image) in images.iter().enumerate() {
                        npy::write(&path(&format!("{part}.npy")), &image.download_host()?)?;
                    }
                }
                Outcome::Scalar(value) => std::fs::write(path("json"), json!(value).to_string())?,
                Outcome::Table(table) => std::fs::write(path("json"), table.to_json().to_string())?,
            }
        }
    }
    Ok(())
}
