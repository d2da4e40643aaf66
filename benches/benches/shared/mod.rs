//! What the criterion suites share: one group per suite, with the cases of a family on the device of KERNWERK_BACKEND and KERNWERK_DEVICE.
//!
//! `cargo bench -p kernwerk-benches --bench gauss`; on a machine without cargo run the built binaries with `--bench`. KERNWERK_BENCH_SIZE
//! is a size as `table` knows them, 64 × 256 × 256 unless given.

use criterion::{Criterion, Throughput};
use kernwerk::prelude::*;
use kernwerk_benches::cases::CASES;
use kernwerk_benches::inputs::Inputs;
use kernwerk_benches::measure::evaluate;
use kernwerk_benches::record::Size;

/// Runs the cases of these families.
pub(crate) fn suite(criterion: &mut Criterion, families: &[&str]) {
    let wanted = std::env::var("KERNWERK_BENCH_SIZE").unwrap_or_else(|_| "cpu".to_owned());
    let size = Size::parse(&wanted).expect("KERNWERK_BENCH_SIZE is a size");
    let device = Device::default().expect("a device");
    let mut inputs = Inputs::new(&device, &size.shape);
    for family in families {
        let mut group =
            criterion.benchmark_group(format!("{family} {} {:?}", device.description().backend, size.shape));
        group.sample_size(10).throughput(Throughput::Elements(size.voxels() as u64));
        for case in CASES.iter().filter(|case| case.family == *family) {
            inputs.prepare(case.inputs).expect("the inputs fit");
            let mut turn = 0;
            group.bench_function(case.name, |bencher| {
                bencher.iter(|| {
                    turn += 1;
                    let outcomes = evaluate(case, &inputs.call(turn)).expect("the case runs");
                    device.synchronize().expect("the device finishes");
                    outcomes
                });
            });
        }
        group.finish();
    }
}
