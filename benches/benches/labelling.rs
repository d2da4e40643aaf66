//! Criterion suite: connected components.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn labelling(criterion: &mut Criterion) {
    shared::suite(criterion, &["labelling"]);
}

criterion_group!(benches, labelling);
criterion_main!(benches);
