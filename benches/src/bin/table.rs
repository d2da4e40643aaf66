//! Times every case on one device and prints it as a multiple of a device copy of the image in the same run.
//!
//! `table [DEPTH HEIGHT WIDTH] [--only NAME]…`; the device is chosen by KERNWERK_BACKEND and KERNWERK_DEVICE.

use std::time::{Duration, Instant};

use kernwerk::Result;
use kernwerk::prelude::*;
use kernwerk_benches::{CASES, Inputs};

/// Runs until half a second has passed, at least three times, and returns the median.
fn median_time(device: &Device, run: &dyn Fn() -> Result<()>) -> Result<Duration> {
    run()?;
    device.synchronize()?;
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < 3 || (begin.elapsed() < Duration::from_millis(500) && times.len() < 200) {
        let start = Instant::now();
        run()?;
        device.synchronize()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let extents: Vec<usize> =
        arguments.iter().take_while(|a| !a.starts_with('-')).filter_map(|a| a.parse().ok()).collect();
    let shape = match extents[..] {
        [depth, height, width] => [depth, height, width],
        _ => [64, 256, 256],
    };
    let only: Vec<&String> = arguments.windows(2).filter(|pair| pair[0] == "--only").map(|pair| &pair[1]).collect();
    let device = Device::default()?;
    let inputs = Inputs::new(&device, shape)?;
    let copy = median_time(&device, &|| inputs.image.any().duplicate().map(drop))?;
    let gigabytes = 2.0 * inputs.image.any().voxels() as f64 * 4.0 / 1e9;
    println!("{} · {} · {shape:?} f32", device.description().backend, device.name());
    println!(
        "{:<26} {:>10.3} ms  {:>8.0} GB/s",
        "device copy",
        copy.as_secs_f64() * 1e3,
        gigabytes / copy.as_secs_f64()
    );
    for case in CASES.iter().filter(|case| only.is_empty() || only.iter().any(|name| *name == case.name)) {
        let time = median_time(&device, &|| (case.run)(&inputs))?;
        println!(
            "{:<26} {:>10.3} ms  {:>8.2} × copy",
            case.name,
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() / copy.as_secs_f64()
        );
    }
    println!("peak device memory: {:.1} MiB", device.memory().peak as f64 / f64::from(1 << 20));
    Ok(())
}
