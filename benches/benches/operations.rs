//! Criterion suite over all cases: `cargo bench -p kernwerk-benches`. KERNWERK_BACKEND and KERNWERK_DEVICE choose the device.

use criterion::{Criterion, criterion_group, criterion_main};
use kernwerk::prelude::*;
use kernwerk_benches::{CASES, Inputs};

fn operations(criterion: &mut Criterion) {
    let device = Device::default().expect("a device");
    let inputs = Inputs::new(&device, [64, 256, 256]).expect("the test image");
    let mut group = criterion.benchmark_group(format!("{} 64x256x256 f32", device.description().backend));
    group.sample_size(10);
    for case in CASES {
        group.bench_function(case.name, |bencher| {
            bencher.iter(|| {
                (case.run)(&inputs).expect("the case runs");
                device.synchronize().expect("the device finishes");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, operations);
criterion_main!(benches);
