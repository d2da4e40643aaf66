//! Criterion suite: minimum and maximum filters and what is made of them.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn minmax(criterion: &mut Criterion) {
    shared::suite(criterion, &["minmax"]);
}

criterion_group!(benches, minmax);
criterion_main!(benches);
