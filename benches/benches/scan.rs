//! Criterion suite: running sums.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn scan(criterion: &mut Criterion) {
    shared::suite(criterion, &["scan"]);
}

criterion_group!(benches, scan);
criterion_main!(benches);
