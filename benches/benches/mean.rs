//! Criterion suite: means and variances within boxes.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn mean(criterion: &mut Criterion) {
    shared::suite(criterion, &["mean"]);
}

criterion_group!(benches, mean);
criterion_main!(benches);
