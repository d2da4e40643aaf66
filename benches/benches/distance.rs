//! Criterion suite: distances and nearest seeds.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn distance(criterion: &mut Criterion) {
    shared::suite(criterion, &["distance"]);
}

criterion_group!(benches, distance);
criterion_main!(benches);
