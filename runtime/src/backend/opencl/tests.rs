//! On every OpenCL device of this machine.

use super::*;
use crate::backend::probe::suite::{self, Texts, definitions};

const TEXTS: Texts = Texts {
    affine: "
typedef struct { int v[16]; } Parameters;
__kernel void affine(__global TYPE* values, int count, Parameters p)
{
    int i = get_global_id(0);
    if (i >= count) return;
    TYPE sum = values[i] * FACTOR;
    for (int k = 0; k < 16; ++k) sum += p.v[k];
    values[i] = sum;
}",
    wrong: "__kernel void wrong(__global float* a) { a[0] = missing_name; }",
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
        let driver = OpenClDriver::open(index).unwrap();
        eprintln!("division is exact: {}", driver.exact_division());
        suite::run(&driver, &TEXTS);
        assert_eq!(driver.available_memory(), Some(driver.description().memory), "all buffers are dropped");
    }
}

#[test]
fn programs_come_back_from_disk_and_damage_is_survived() {
    for index in 0..devices() {
        let folder = std::env::temp_dir().join(format!("kernwerk-opencl-{index}-{}", std::process::id()));
        let compile = || {
            let driver = OpenClDriver::open_with(index, DiskCache::at(&folder)).unwrap();
            let start = std::time::Instant::now();
            // The definition makes the text new to the caches of the drivers themselves.
            let program = driver.compile(TEXTS.affine, &definitions(std::process::id() as i32)).unwrap();
            eprintln!("compiled in {:?}", start.elapsed());
            driver.launch(&*program, "no_such_kernel", WorkSize { global: [1; 3], local: [1; 3] }, &[]).unwrap_err()
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
fn a_binary_that_is_none_is_compiled_again() {
    for index in 0..devices() {
        let driver = OpenClDriver::open(index).unwrap();
        let nonsense = program::from_binary(&driver.shared, b"not a binary", c"-cl-std=CL1.2");
        assert!(nonsense.is_none());
    }
}

#[test]
fn a_buffer_of_another_driver_is_refused() {
    if devices() == 0 {
        return;
    }
    let (one, other) = (OpenClDriver::open(0).unwrap(), OpenClDriver::open(0).unwrap());
    let buffer = one.allocate(16).unwrap();
    assert!(matches!(other.upload(&*buffer, 0, &[0; 4]), Err(Error::Driver { .. })));
    let program = one.compile(TEXTS.affine, &definitions(1)).unwrap();
    let size = WorkSize { global: [1; 3], local: [1; 3] };
    assert!(matches!(other.launch(&*program, "affine", size, &[]), Err(Error::Driver { .. })));
}

#[test]
fn the_devices_memory_counts_all_buffers() {
    if devices() == 0 {
        return;
    }
    let driver = OpenClDriver::open(0).unwrap();
    // Drivers allocate when a buffer is first used: so much can be asked for without taking it.
    let piece = driver.description().max_allocation as usize;
    let mut held = Vec::new();
    let error = loop {
        match driver.allocate(piece) {
            Ok(allocation) => held.push(allocation),
            Err(error) => break error,
        }
        assert!(held.len() < 1000);
    };
    assert!(matches!(error, Error::OutOfMemory { .. }), "{error}");
    drop(held);
    drop(driver.allocate(piece).unwrap());
}
