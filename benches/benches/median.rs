//! Criterion suite: medians and modes.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn median(criterion: &mut Criterion) {
    shared::suite(criterion, &["median"]);
}

criterion_group!(benches, median);
criterion_main!(benches);
