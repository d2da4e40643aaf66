//! Criterion suite: numbers of a whole image, and projections.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn reduction(criterion: &mut Criterion) {
    shared::suite(criterion, &["reduction", "projection"]);
}

criterion_group!(benches, reduction);
criterion_main!(benches);
