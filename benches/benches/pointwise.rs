//! Criterion suite: pointwise chains and conversions.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn pointwise(criterion: &mut Criterion) {
    shared::suite(criterion, &["pointwise"]);
}

criterion_group!(benches, pointwise);
criterion_main!(benches);
