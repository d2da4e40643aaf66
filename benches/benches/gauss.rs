//! Criterion suite: Gaussian filters.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn gauss(criterion: &mut Criterion) {
    shared::suite(criterion, &["gauss"]);
}

criterion_group!(benches, gauss);
criterion_main!(benches);
