//! Timing: a case beside a copy of its input, by the host's clock.
//!
//! Two figures, as in the scripts that time the peers: the median of calls that are each waited for, and the mean of calls issued back to
//! back with one wait at the end, which hides the host's part as far as the device's part is longer. Every case has a box of time.

use std::time::{Duration, Instant};

use kernwerk::prelude::*;
use kernwerk::{Outcome, Result};

use crate::cases::Case;
use crate::inputs::{Call, Inputs, Kind};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Aimed at, for one case.
    pub seconds: f64,
    /// Calls that are waited for, at least, unless that takes four times as long as aimed at.
    pub calls: usize,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Milliseconds of the first call, compiling included.
    pub first_ms: f64,
    /// Milliseconds of a call that is waited for: the median.
    pub ms: f64,
    /// The fastest of them.
    pub min_ms: f64,
    /// How many there were.
    pub calls: usize,
    /// Microseconds per call issued back to back; `None` if there was no time for three.
    pub batch_us: Option<f64>,
}

impl Timing {
    /// The lesser of both figures, in milliseconds: what multiples are made of.
    pub fn best_ms(&self) -> f64 {
        self.batch_us.map_or(self.ms, |us| self.ms.min(us / 1e3))
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Runs `call` with the numbers 0, 1, 2, … and drops what it makes.
///
/// # Errors
/// If a call fails.
pub fn time(device: &Device, budget: Budget, call: impl Fn(usize) -> Result<()>) -> Result<Timing> {
    time_both(device, budget, &call, &call)
}

/// The same, where `issue` leaves numbers on the device: it is what is called back to back.
fn time_both(
    device: &Device,
    budget: Budget,
    call: impl Fn(usize) -> Result<()>,
    issue: impl Fn(usize) -> Result<()>,
) -> Result<Timing> {
    let once = |turn: usize| -> Result<f64> {
        let start = Instant::now();
        call(turn)?;
        device.synchronize()?;
        Ok(milliseconds(start.elapsed()))
    };
    let begin = Instant::now();
    let first_ms = once(0)?;
    let mut times = Vec::new();
    let spent = |begin: Instant| begin.elapsed().as_secs_f64();
    loop {
        let enough = times.len() >= budget.calls && spent(begin) > 0.6 * budget.seconds;
        let over = !times.is_empty() && spent(begin) > 4.0 * budget.seconds;
        if enough || over || times.len() >= 1000 {
            break;
        }
        times.push(once(times.len() + 1)?);
    }
    times.sort_by(f64::total_cmp);
    let ms = times[times.len() / 2];
    let batch = (0.4 * budget.seconds * 1e3 / times[0]).min(200.0) as usize;
    let mut batch_us = None;
    if batch >= 3 {
        let start = Instant::now();
        for turn in 0..batch {
            issue(turn)?;
        }
        device.synchronize()?;
        batch_us = Some(milliseconds(start.elapsed()) * 1e3 / batch as f64);
    }
    Ok(Timing { first_ms, ms, min_ms: times[0], calls: times.len(), batch_us })
}

/// Evaluates what a case calls.
///
/// # Errors
/// If a call fails.
pub fn evaluate(case: &Case, call: &Call<'_>) -> Result<Vec<Outcome>> {
    (case.run)(call).iter().map(AnyExpr::eval).collect()
}

/// Times a case; its inputs must be there. Numbers are fetched by calls that are waited for; of calls issued back to back nobody looks at them,
/// as in the scripts that time the peers.
///
/// # Errors
/// If a call fails.
pub fn time_case(case: &Case, inputs: &Inputs, budget: Budget) -> Result<Timing> {
    let issue = |turn: usize| (case.run)(&inputs.call(turn)).iter().try_for_each(|expr| expr.start().map(drop));
    time_both(inputs.device(), budget, |turn| evaluate(case, &inputs.call(turn)).map(drop), issue)
}

/// Times a device copy of an input.
///
/// # Errors
/// If the memory is exhausted or the device fails.
pub fn time_copy(kind: Kind, inputs: &Inputs, budget: Budget) -> Result<Timing> {
    time(inputs.device(), budget, |turn| inputs.call(turn).any(kind).duplicate().map(drop))
}

/// Microseconds of the host's time that a call takes whose kernel is compiled and whose image is tiny.
///
/// Calls are issued in groups that no driver's queue is too short for, and waited for between the groups.
///
/// # Errors
/// If a call fails.
pub fn launch_us(device: &Device) -> Result<f64> {
    let axes = Axes::default_for(2).expect("two axes have names");
    let image = device.upload_host(&HostImage::new(axes, &[16, 16], kernwerk::HostData::F32(vec![0.5; 256]))?)?;
    let image = image.typed::<f32>()?;
    let mut groups = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        for _ in 0..64 {
            add_image_and_scalar(&image, 1.0).eval()?;
        }
        groups.push(milliseconds(start.elapsed()) * 1e3 / 64.0);
        device.synchronize()?;
    }
    groups.sort_by(f64::total_cmp);
    Ok(groups[groups.len() / 2])
}
