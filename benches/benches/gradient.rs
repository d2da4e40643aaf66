//! Criterion suite: stencils with constant offsets.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn gradient(criterion: &mut Criterion) {
    shared::suite(criterion, &["gradient"]);
}

criterion_group!(benches, gradient);
criterion_main!(benches);
