//! Times every operation of the library once, with its defaults, beside a device copy: to find the slow ones.
//!
//! `every [--size large|small2d|small3d|cpu|D,H,W] [--only PART]… [--seconds S] [--limit S]` prints a line per operation, the slowest first:
//! milliseconds of a call, multiples of a copy of the f32 image, how many of them the launches would take that move the bytes which `explain`
//! counts (the sum of the floors of all parts of a composite, without fusion of passes; a dash where a procedure decides while it runs), and what is measured
//! over that. KERNWERK_BACKEND and KERNWERK_DEVICE choose the device.
//!
//! Inputs are the images of the other benchmarks, by the type and the name of an input. What needs values without a default, or
//! other images, is named at the end. Figures that are compared with other libraries come from `table`.

use std::process::ExitCode;
use std::time::Instant;

use kernwerk::ops::catalogue;
use kernwerk::prelude::*;
use kernwerk::{InputInfo, Result, Value, apply};
use kernwerk_benches::inputs::{Inputs, Kind};
use kernwerk_benches::measure::{Budget, time, time_copy};
use kernwerk_benches::record::Size;
use kernwerk_codegen::ir::{Param, Type};

const USAGE: &str = "usage: every [--size large|small2d|small3d|cpu|D,H,W] [--only PART]... [--seconds S] [--limit S]";

/// Inputs that are small images beside the first.
const SMALL: [&str; 6] = ["kernel", "psf", "template", "footprint", "structure", "weights"];

struct Options {
    size: Size,
    only: Vec<String>,
    seconds: f64,
    limit: f64,
}

fn options() -> Option<Options> {
    let mut options = Options { size: Size::parse("cpu")?, only: Vec::new(), seconds: 0.02, limit: f64::INFINITY };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next()?;
        match argument.as_str() {
            "--size" => options.size = Size::parse(&value)?,
            "--only" => options.only.push(value),
            "--seconds" => options.seconds = value.parse().ok()?,
            "--limit" => options.limit = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(options)
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The image for an input.
fn kind(info: &InputInfo) -> Kind {
    match info.ty {
        _ if info.name.starts_with("labels") => Kind::Labels,
        _ if matches!(info.name, "seeds" | "markers") => Kind::Seeds,
        Type::Bool => Kind::Mask,
        _ if info.name.starts_with("mask") || info.name == "level_set" => Kind::Mask,
        Type::U32 => Kind::Labels,
        _ => Kind::F32,
    }
}

fn run(options: &Options) -> Result<()> {
    let begin = Instant::now();
    let device = Device::default()?;
    let mut inputs = Inputs::new(&device, &options.size.shape);
    inputs.prepare(&[Kind::F32, Kind::Mask, Kind::Seeds, Kind::Labels])?;
    let budget = Budget { seconds: options.seconds, calls: 3 };
    let copy = time_copy(Kind::F32, &inputs, budget)?.best_ms();
    let extent = [if options.size.shape.len() == 3 { 5 } else { 1 }, 5, 5];
    let small = crop(inputs.call(0).f32(), 0, extent).eval()?.into_any();
    println!("{device}, {:?} f32, a copy {copy:.3} ms", options.size.shape);
    let bytes_of_copy = 2.0 * 4.0 * options.size.shape.iter().product::<usize>() as f64;
    let (mut timed, mut left_out) = (Vec::new(), Vec::new());
    for op in catalogue() {
        if !options.only.is_empty() && !options.only.iter().any(|part| op.name.contains(part.as_str())) {
            continue;
        }
        if begin.elapsed().as_secs_f64() > options.limit {
            left_out.push((op.name, "no time was left".to_owned()));
            continue;
        }
        let call = |turn: usize| {
            let images = op.inputs.iter().enumerate().map(|(number, info)| {
                let image = if number > 0 && SMALL.contains(&info.name) {
                    small.clone()
                } else {
                    inputs.call(turn).any(kind(info)).clone()
                };
                AnyExpr::image(image)
            });
            // The inputs' values are between 0 and 1, which no operation can know of f32.
            let value = |param: &Param| (param.name == "data_range").then(|| Value::from(1.0_f32));
            apply(op, images.collect(), op.params.iter().map(value).collect())
        };
        match time(&device, budget, |turn| call(turn).eval().map(drop)) {
            Ok(timing) => {
                let work = call(0).work().ok().filter(|work| work.complete);
                let floor = work.map(|work| work.bytes as f64 / bytes_of_copy).filter(|&floor| floor > 0.0);
                timed.push((timing.best_ms(), timing.first_ms, floor, op.name));
            }
            Err(error) => left_out.push((op.name, error.to_string())),
        }
        device.release_memory();
    }
    timed.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{:>10} {:>9} {:>8} {:>8} {:>10}  operation", "ms", "copies", "floors", "over", "first ms");
    for (ms, first, floor, name) in &timed {
        let copies = ms / copy;
        let floors = floor.map_or("-".into(), |floor| format!("{floor:.2}"));
        let over = floor.map_or("-".into(), |floor| format!("{:.2}", copies / floor));
        println!("{ms:>10.3} {copies:>9.2} {floors:>8} {over:>8} {first:>10.0}  {name}");
    }
    for (name, why) in &left_out {
        println!("left out: {name}: {why}");
    }
    println!("{} timed, {} left out, {:.0} s", timed.len(), left_out.len(), begin.elapsed().as_secs_f64());
    Ok(())
}
