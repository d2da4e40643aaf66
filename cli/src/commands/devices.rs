//! `kernwerk devices`: what is present, what is missing and why, and which device would be used.

use clap::Command;
use kernwerk_runtime::{Device, Listing, Result};
use serde_json::json;

use super::failure::Failure;
use super::session::{Session, print, print_json};

pub(crate) fn command() -> Command {
    Command::new("devices").about("List the devices of this machine, what is missing and why, and which one is used")
}

pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let listing = Device::list();
    // Opening a device takes time: only where something else than the default may be the answer.
    let asked = session.asks_for_device().then(|| session.device());
    if session.json {
        let mut json = listing.to_json();
        json["used"] = match &asked {
            None => listing.devices.iter().find(|listed| listed.default).map_or(
                json!(null),
                |listed| json!({"backend": listed.description.backend, "name": listed.description.name}),
            ),
            Some(Ok(device)) => json!({"backend": device.description().backend, "name": device.name()}),
            Some(Err(error)) => json!({"error": error.to_string()}),
        };
        return print_json(&json);
    }
    print(&text(&listing, asked.as_ref()))
}

fn text(listing: &Listing, asked: Option<&Result<Device>>) -> String {
    let mut text = String::from("Devices, best first:\n");
    for listed in &listing.devices {
        let about = &listed.description;
        let mark = if listed.default { "*" } else { " " };
        text += &format!("{mark} {:<7} {}\n", about.backend, about.name);
        let mut facts = vec![];
        if !about.driver.is_empty() {
            facts.push(about.driver.clone());
        }
        if about.memory > 0 {
            facts.push(format!("{:.1} GiB of memory", about.memory as f64 / f64::from(1 << 30)));
        }
        facts.push(format!("{} {}", about.compute_units, if about.is_gpu { "compute units" } else { "cores" }));
        text += &format!("          {}\n", facts.join(", "));
    }
    text += "  (*: the default)\n";
    if !listing.missing.is_empty() {
        text += "\nMissing:\n";
    }
    for missing in &listing.missing {
        text += &format!("  {:<7} {}\n          {}\n", missing.backend, missing.reason, missing.remedy);
    }
    if !listing.notes.is_empty() {
        text += "\nNotes:\n";
    }
    for note in &listing.notes {
        text += &format!("  {note}\n");
    }
    match asked {
        None => {}
        Some(Ok(device)) => text += &format!("\nOptions or environment ask for: {device}\n"),
        Some(Err(error)) => text += &format!("\nOptions or environment ask for what is not there: {error}\n"),
    }
    text
}
