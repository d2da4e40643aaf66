//! Criterion suite: flips, crops, pads and transpositions.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn layout(criterion: &mut Criterion) {
    shared::suite(criterion, &["layout"]);
}

criterion_group!(benches, layout);
criterion_main!(benches);
