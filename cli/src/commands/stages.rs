//! The stages of a command: how long each took (`--timings`), and a spinner while a long one runs.
//!
//! Invariant: the spinner shows only on a terminal and only for work that lasts; it never outlives its stage, so that
//! messages and results have stderr to themselves.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Shorter work shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// What a command has done so far.
pub(crate) struct Stages {
    start: Instant,
    spent: Vec<(&'static str, Duration)>,
    print: bool,
}

impl Stages {
    /// Nothing done yet; `print` says whether the times are wanted at the end.
    pub(crate) fn new(print: bool) -> Stages {
        Stages { start: Instant::now(), spent: Vec::new(), print }
    }

    /// Does a piece of work under the name of a stage. Pieces of the same name are added up.
    pub(crate) fn run<T>(&mut self, stage: &'static str, message: String, work: impl FnOnce() -> T) -> T {
        let spinner = Spinner::start(message, self.start);
        let start = Instant::now();
        let result = work();
        let spent = start.elapsed();
        drop(spinner);
        match self.spent.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, total)) => *total += spent,
            None => self.spent.push((stage, spent)),
        }
        result
    }

    /// Prints the times to stderr, if they are wanted.
    pub(crate) fn report(&self) {
        if !self.print {
            return;
        }
        let mut text = String::new();
        let total = ("total", self.start.elapsed());
        for (stage, spent) in self.spent.iter().chain([&total]) {
            text += &format!("{stage:<10}{:>12.3} ms\n", spent.as_secs_f64() * 1e3);
        }
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// A spinner that appears when work lasts, and vanishes with this value.
struct Spinner {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// `start` is when the command began: many short stages are long work too.
    fn start(message: String, start: Instant) -> Spinner {
        if !std::io::stderr().is_terminal() {
            return Spinner { stop: None, thread: None };
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = std::thread::Builder::new().spawn(move || {
            let wait = PATIENCE.saturating_sub(start.elapsed());
            if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]");
            let bar = ProgressBar::new_spinner().with_elapsed(start.elapsed());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_message(message);
            while stopped.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
                bar.tick();
            }
            bar.finish_and_clear();
        });
        // Without a thread there is no spinner, and the work goes on.
        Spinner { stop: Some(stop), thread: thread.ok() }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // Hanging up is the signal.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
