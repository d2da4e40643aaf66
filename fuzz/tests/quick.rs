//! Some hundred programs: every class through parser, writers and interpreter, and for about 25 seconds on an OpenCL device.

use std::time::Duration;

use kernwerk_fuzz::campaign::{Campaign, Summary};
use kernwerk_fuzz::generate::CLASSES;

fn assert_clean(summary: &Summary) {
    for found in &summary.found {
        println!("#{} {:?}: {}\n{}", found.number, found.finding.kind, found.finding.message, found.program.source);
    }
    println!("{}", summary.table());
    assert!(summary.found.is_empty(), "{} programs went wrong", summary.found.len());
    assert_eq!(summary.tallies.len(), CLASSES.len(), "a class is missing");
}

#[test]
fn every_program_is_one_of_the_language_and_defined() {
    let campaign = Campaign { count: 280, seed: 1, device: None, ..Campaign::default() };
    assert_clean(&campaign.run(|_| ()).unwrap());
}

#[test]
fn a_device_computes_what_the_definition_says() {
    let campaign = Campaign { count: 280, seed: 2, time_limit: Some(Duration::from_secs(25)), ..Campaign::default() };
    match campaign.run(|_| ()) {
        Ok(summary) => assert_clean(&summary),
        Err(error) => {
            assert!(!std::env::var("KERNWERK_REQUIRE").is_ok_and(|text| text.contains("opencl")), "{error}");
            println!("not run: {error}");
        }
    }
}

#[test]
fn a_seed_is_a_program() {
    let campaign = Campaign { seed: 3, ..Campaign::default() };
    for number in 0..70 {
        let (first, again) = (campaign.program(number).1, campaign.program(number).1);
        assert_eq!(first.source, again.source);
    }
    let other = Campaign { seed: 4, ..Campaign::default() };
    assert_ne!(campaign.program(0).1.source, other.program(0).1.source);
}
