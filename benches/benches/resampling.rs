//! Criterion suite: transforms and changes of size.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn resampling(criterion: &mut Criterion) {
    shared::suite(criterion, &["resampling"]);
}

criterion_group!(benches, resampling);
criterion_main!(benches);
