//! On every CUDA device of this machine.

use super::*;
use crate::backend::probe::suite::{self, Texts, definitions};

const TEXTS: Texts = Texts {
    affine: "
struct Parameters { int v[16]; };
extern \"C\" __global__ void affine(TYPE* values, int count, Parameters p)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    TYPE sum = values[i] * FACTOR;
    for (int k = 0; k < 16; ++k) sum += p.v[k];
    values[i] = sum;
}",
    wrong: "extern \"C\" __global__ void wrong(float* a) { a[0] = missing_name; }",
};

fn devices() -> usize {
    match listing() {
        Ok(listing) => listing.devices.len(),
        Err(missing) => {
            eprintln!("not run: {}", missing.reason);
            0
        }
    }
}

#[test]
fn every_device_passes_the_suite() {
    for index in 0..devices() {
        suite::run(&CudaDriver::open(index).unwrap(), &TEXTS);
    }
}

#[test]
fn programs_come_back_from_disk_and_damage_is_survived() {
    for index in 0..devices() {
        let folder = std::env::temp_dir().join(format!("kernwerk-cuda-{index}-{}", std::process::id()));
        let compile = || {
            let driver = CudaDriver::open_with(index, DiskCache::at(&folder)).unwrap();
            let start = std::time::Instant::now();
            driver.compile(TEXTS.affine, &definitions(5)).unwrap();
            eprintln!("compiled in {:?}", start.elapsed());
        };
        let entries = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        compile();
        let [entry] = entries().try_into().unwrap();
        let whole = std::fs::read(&entry).unwrap();
        compile();
        assert_eq!(std::fs::read(&entry).unwrap(), whole, "taken, not written again");
        std::fs::write(&entry, &whole[..whole.len() / 2]).unwrap();
        compile();
        assert_eq!(entries(), [entry]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn newer_devices_get_assembly() {
    if devices() == 0 {
        return;
    }
    let mut driver = CudaDriver::open_with(0, DiskCache::at("/nonexistent")).unwrap();
    driver.target = Target::Ptx("compute_75".to_owned());
    suite::run(&driver, &TEXTS);
}

#[test]
fn the_callers_context_stays_current() {
    if devices() == 0 {
        return;
    }
    let driver = CudaDriver::open(0).unwrap();
    assert_eq!(result::ctx::get_current().unwrap(), None);
    let buffer = driver.allocate(1000).unwrap();
    driver.upload(&*buffer, 0, &[1; 1000]).unwrap();
    driver.clear(&*buffer, 10).unwrap();
    driver.synchronize().unwrap();
    drop(buffer);
    drop(driver);
    assert_eq!(result::ctx::get_current().unwrap(), None);
}
