//! Criterion suite: histograms and Otsu's threshold.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn histogram(criterion: &mut Criterion) {
    shared::suite(criterion, &["histogram"]);
}

criterion_group!(benches, histogram);
criterion_main!(benches);
