//! Criterion suite: convolution and deconvolution by Fourier transforms.

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};

fn fourier(criterion: &mut Criterion) {
    shared::suite(criterion, &["fourier"]);
}

criterion_group!(benches, fourier);
criterion_main!(benches);
