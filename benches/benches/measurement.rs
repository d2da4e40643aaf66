//! Criterion suite: statistics of labels.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn measurement(criterion: &mut Criterion) {
    shared::suite(criterion, &["measurement"]);
}

criterion_group!(benches, measurement);
criterion_main!(benches);
