//! The command `fuzz`: runs random programs, writes some as Rust, replays regressions.
//!
//! stdout carries the table and the summary line; findings and progress go to stderr. It needs nothing of the machine that it was built on.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use kernwerk_fuzz::campaign::{self, Campaign, Found};
use kernwerk_fuzz::check::{Checks, check_call};
use kernwerk_fuzz::generate::CLASSES;
use kernwerk_fuzz::minimise::minimise;
use kernwerk_fuzz::regression::{REGRESSIONS, parse, print};
use kernwerk_fuzz::{class_name, native};

const USAGE: &str = "\
fuzz run [--count N] [--seed S] [--first N] [--device cuda|opencl|none] [--index N] [--class NAME] [--calls N]
         [--threads N] [--time-limit SECONDS] [--nvrtc] [--save FOLDER]
fuzz show [--seed S] [--first N] [--class NAME]       prints a program
fuzz emit [--count N] [--seed S] [--class NAME]       prints programs as a Rust file
fuzz replay [--device …] [--index N] [FILE …]         runs regressions: those given, else those that are built in";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, rest)) => Options::parse(rest).and_then(|options| match command.as_str() {
            "run" => run(&options),
            "emit" => {
                print!("{}", native::file(&options.campaign));
                Ok(true)
            }
            "show" => {
                let (class, program) = options.campaign.program(options.campaign.first);
                println!("// {} #[gpu_op({})]\n{}", class_name(class), program.attribute, program.source);
                Ok(true)
            }
            "replay" => replay(&options),
            _ => Err(USAGE.to_owned()),
        }),
        None => Err(USAGE.to_owned()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Options {
    campaign: Campaign,
    save: Option<PathBuf>,
    files: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options::default();
        let (mut device, mut index) = ("opencl".to_owned(), 0);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--nvrtc" {
                options.campaign.nvrtc = true;
                continue;
            }
            let Some(name) = argument.strip_prefix("--") else {
                options.files.push(argument.clone());
                continue;
            };
            let value = arguments.next().ok_or_else(|| format!("--{name} needs a value\n{USAGE}"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("--{name}: `{value}` is no number"));
            match name {
                "count" => options.campaign.count = number()?,
                "seed" => options.campaign.seed = number()?,
                "first" => options.campaign.first = number()?,
                "calls" => options.campaign.calls = number()? as usize,
                "threads" => options.campaign.threads = number()? as usize,
                "time-limit" => options.campaign.time_limit = Some(Duration::from_secs(number()?)),
                "index" => index = number()? as usize,
                "device" => device.clone_from(value),
                "save" => options.save = Some(value.into()),
                "class" => {
                    options.campaign.classes.retain(|&class| class_name(class) == value);
                    if options.campaign.classes.is_empty() {
                        let names = CLASSES.map(class_name).join(", ");
                        return Err(format!("there is no class `{value}`; there are {names}"));
                    }
                }
                _ => return Err(format!("there is no option --{name}\n{USAGE}")),
            }
        }
        options.campaign.device = (device != "none").then_some((device, index));
        Ok(options)
    }
}

fn run(options: &Options) -> Result<bool, String> {
    let campaign = &options.campaign;
    let printing = Mutex::new(());
    let summary = campaign.run(|found| {
        let _one = printing.lock();
        let class = class_name(found.class);
        eprintln!("#{} {class}: {:?}: {}", found.number, found.finding.kind, found.finding.message);
    });
    let summary = summary.map_err(|error| error.to_string())?;
    for found in &summary.found {
        save(found, options)?;
    }
    print!("{}", summary.table());
    Ok(summary.found.is_empty())
}

/// Makes a finding small and writes it as a regression.
fn save(found: &Found, options: &Options) -> Result<(), String> {
    let (Some(folder), Some(call)) = (&options.save, &found.finding.call) else { return Ok(()) };
    let device = campaign::open(options.campaign.device.as_ref()).map_err(|error| error.to_string())?;
    let checks = Checks { device: device.as_ref(), nvrtc: options.campaign.nvrtc };
    let (program, call) = minimise(&found.program, call, &found.finding.kind, checks);
    let message = check_call(&program, &call, checks).finding.unwrap_or_else(|| found.finding.clone()).message;
    let text = print(&format!("{:?}: {message}", found.finding.kind), &program, &call);
    let name = format!("{}_{}_{}.rs", class_name(found.class), options.campaign.seed, found.number);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(&name), text)).map_err(|e| e.to_string())
}

fn replay(options: &Options) -> Result<bool, String> {
    let device = campaign::open(options.campaign.device.as_ref()).map_err(|error| error.to_string())?;
    let checks = Checks { device: device.as_ref(), nvrtc: options.campaign.nvrtc };
    let mut texts: Vec<(String, String)> = Vec::new();
    for file in &options.files {
        texts.push((file.clone(), std::fs::read_to_string(Path::new(file)).map_err(|e| format!("{file}: {e}"))?));
    }
    if texts.is_empty() {
        texts.extend(REGRESSIONS.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())));
    }
    let mut fine = true;
    for (name, text) in texts {
        let (program, call) = parse(&text).map_err(|error| format!("{name}: {error}"))?;
        match check_call(&program, &call, checks).finding {
            None => println!("{name}: as defined"),
            Some(finding) => {
                fine = false;
                println!("{name}: {:?}: {}", finding.kind, finding.message);
            }
        }
    }
    Ok(fine)
}
