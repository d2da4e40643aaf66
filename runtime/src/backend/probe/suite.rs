//! What every driver has to do, run against whichever devices this machine has.

use super::*;
use crate::backend::driver::{KernelArgument, WorkSize};

/// The texts of one language. `affine` computes `values[i] * FACTOR + p.v[0] + … + p.v[15]`.
pub(crate) struct Texts {
    pub(crate) affine: &'static str,
    /// Has an error in it: the name `missing_name`.
    pub(crate) wrong: &'static str,
}

/// A by-value argument of sixteen numbers.
fn parameters(first: i32) -> Vec<u8> {
    (first..first + 16).flat_map(i32::to_ne_bytes).collect()
}

pub(crate) fn definitions(factor: i32) -> Vec<(String, String)> {
    vec![("FACTOR".to_owned(), factor.to_string()), ("TYPE".to_owned(), "int".to_owned())]
}

fn bytes(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

fn values(bytes: &[u8]) -> Vec<i32> {
    bytes.chunks_exact(4).map(|four| i32::from_ne_bytes([four[0], four[1], four[2], four[3]])).collect()
}

/// Everything but the caches, which belong to the backends' own tests.
pub(crate) fn run(driver: &dyn Driver, texts: &Texts) {
    eprintln!("{:?}, available {:?}", driver.description(), driver.available_memory());
    computes(driver, texts);
    copies_and_clears(driver);
    large_copies_are_whole(driver);
    refuses(driver, texts);
    memory_is_limited(driver);
    threads_share_a_program(driver, texts);
    dispatch_time(driver, texts);
}

fn computes(driver: &dyn Driver, texts: &Texts) {
    // Not a multiple of the group's size: the kernel compares with `count`.
    let input: Vec<i32> = (0..1003).collect();
    let buffer = driver.allocate(4 * input.len()).unwrap();
    driver.upload(&*buffer, 0, &bytes(&input)).unwrap();
    let program = driver.compile(texts.affine, &definitions(3)).unwrap();
    let count = (input.len() as i32).to_ne_bytes();
    let parameters = parameters(10);
    let arguments =
        [KernelArgument::Buffer(&*buffer), KernelArgument::Bytes(&count), KernelArgument::Bytes(&parameters)];
    driver.launch(&*program, "affine", WorkSize { global: [1003, 1, 1], local: [64, 1, 1] }, &arguments).unwrap();
    let mut output = vec![0; 4 * input.len()];
    driver.download(&*buffer, 0, &mut output).unwrap();
    let sum: i32 = (10..26).sum();
    assert_eq!(values(&output), input.iter().map(|value| value * 3 + sum).collect::<Vec<_>>());
    // Nothing to do is no error.
    driver.launch(&*program, "affine", WorkSize { global: [0, 1, 1], local: [64, 1, 1] }, &arguments).unwrap();
    let again = driver.compile(texts.affine, &definitions(3)).unwrap();
    assert!(Arc::ptr_eq(&program, &again), "in memory");
    assert!(!Arc::ptr_eq(&program, &driver.compile(texts.affine, &definitions(4)).unwrap()));
}

fn copies_and_clears(driver: &dyn Driver) {
    let empty = driver.allocate(0).unwrap();
    assert_eq!(empty.size(), 0);
    driver.upload(&*empty, 0, &[]).unwrap();
    driver.download(&*empty, 0, &mut []).unwrap();
    driver.clear(&*empty, 0).unwrap();

    let first = driver.allocate(100).unwrap();
    let second = driver.allocate(100).unwrap();
    let data: Vec<u8> = (1..=100).collect();
    driver.upload(&*first, 0, &data).unwrap();
    driver.upload(&*second, 0, &data).unwrap();
    driver.clear(&*second, 37).unwrap();
    driver.copy(&*first, 10, &*second, 5, 7).unwrap();
    driver.upload(&*second, 90, &[200; 10]).unwrap();
    driver.copy(&*first, 0, &*second, 0, 0).unwrap();
    let mut result = vec![0; 100];
    driver.download(&*second, 0, &mut result).unwrap();
    let mut expected = data.clone();
    expected[..37].fill(0);
    expected[5..12].copy_from_slice(&data[10..17]);
    expected[90..].fill(200);
    assert_eq!(result, expected);
    let mut part = [0; 3];
    driver.download(&*second, 5, &mut part).unwrap();
    assert_eq!(part, [11, 12, 13]);
}

fn large_copies_are_whole(driver: &dyn Driver) {
    // Large enough for several threads and not a multiple of anything.
    let data: Vec<u8> = (0..100_000_003u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    let buffer = driver.allocate(data.len()).unwrap();
    let mut result = vec![0; data.len()];
    for _ in 0..2 {
        let start = std::time::Instant::now();
        driver.upload(&*buffer, 0, &data).unwrap();
        driver.synchronize().unwrap();
        let up = start.elapsed();
        result.fill(0);
        let start = std::time::Instant::now();
        driver.download(&*buffer, 0, &mut result).unwrap();
        let speed = |time: std::time::Duration| data.len() as f64 / time.as_secs_f64() / 1e9;
        eprintln!("upload {:.1} GB/s, download {:.1} GB/s", speed(up), speed(start.elapsed()));
        assert!(result == data);
    }
    let mut part = vec![0; 9_000_001];
    driver.download(&*buffer, 12_345_677, &mut part).unwrap();
    assert!(part == data[12_345_677..][..part.len()]);
    driver.upload(&*buffer, 77, &part).unwrap();
    driver.download(&*buffer, 77, &mut result[..part.len()]).unwrap();
    assert!(result[..part.len()] == part);
}

fn refuses(driver: &dyn Driver, texts: &Texts) {
    let error = driver.compile(texts.wrong, &definitions(1)).err();
    let Some(Error::Compile { kernel, log, .. }) = error else { panic!("{error:?}") };
    assert_eq!(kernel, "wrong");
    assert!(log.contains("missing_name"), "{log}");
    let injected = [("FACTOR".to_owned(), "1 -cl-fast-relaxed-math".to_owned())];
    assert!(matches!(driver.compile(texts.affine, &injected), Err(Error::Compile { .. })));

    let buffer = driver.allocate(64).unwrap();
    assert!(matches!(driver.upload(&*buffer, 60, &[0; 5]), Err(Error::Driver { .. })));
    assert!(matches!(driver.download(&*buffer, usize::MAX, &mut [0; 5]), Err(Error::Driver { .. })));
    assert!(matches!(driver.clear(&*buffer, 65), Err(Error::Driver { .. })));

    let program = driver.compile(texts.affine, &definitions(1)).unwrap();
    let size = WorkSize { global: [1, 1, 1], local: [1, 1, 1] };
    let (count, parameters) = (0i32.to_ne_bytes(), parameters(0));
    let [first, second, third] =
        [KernelArgument::Buffer(&*buffer), KernelArgument::Bytes(&count), KernelArgument::Bytes(&parameters)];
    let refused = |kernel, size, arguments: &[KernelArgument<'_>], what: &str| {
        let outcome = driver.launch(&*program, kernel, size, arguments);
        assert!(matches!(outcome, Err(Error::Driver { .. })), "{what}: {outcome:?}");
        eprintln!("refused: {}", outcome.unwrap_err());
    };
    driver.launch(&*program, "affine", size, &[first, second, third]).unwrap();
    refused("no_such_kernel", size, &[first, second, third], "name");
    refused("affine\0", size, &[first, second, third], "name with NUL");
    refused("affine", size, &[first, second], "too few");
    refused("affine", size, &[first, second, third, second], "too many");
    // PoCL does not look at the size of a struct.
    if !driver.description().driver.starts_with("Portable Computing Language") {
        refused("affine", size, &[first, second, KernelArgument::Bytes(&parameters[..60])], "too small");
    }
    refused("affine", WorkSize { global: [1, 1, 1], local: [0, 1, 1] }, &[first, second, third], "empty group");
    let huge = [driver.description().max_work_group + 1, 1, 1];
    refused("affine", WorkSize { global: huge, local: huge }, &[first, second, third], "large group");
    driver.launch(&*program, "affine", size, &[first, second, third]).unwrap();
    driver.synchronize().unwrap();
}

fn memory_is_limited(driver: &dyn Driver) {
    let too_much = driver.description().memory as usize + (1 << 30);
    let error = driver.allocate(too_much).err();
    assert!(matches!(error, Some(Error::OutOfMemory { needed, .. }) if needed == too_much as u64), "{error:?}");
    drop(driver.allocate(1 << 20).unwrap());
}

fn threads_share_a_program(driver: &dyn Driver, texts: &Texts) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let buffer = driver.allocate(400).unwrap();
                for round in 0..50 {
                    let program = driver.compile(texts.affine, &definitions(2)).unwrap();
                    driver.upload(&*buffer, 0, &bytes(&[round; 100])).unwrap();
                    let (count, parameters) = (100i32.to_ne_bytes(), parameters(thread));
                    let arguments = [
                        KernelArgument::Buffer(&*buffer),
                        KernelArgument::Bytes(&count),
                        KernelArgument::Bytes(&parameters),
                    ];
                    let size = WorkSize { global: [100, 1, 1], local: [32, 1, 1] };
                    driver.launch(&*program, "affine", size, &arguments).unwrap();
                    let mut output = vec![0; 400];
                    driver.download(&*buffer, 0, &mut output).unwrap();
                    let sum: i32 = (thread..thread + 16).sum();
                    assert_eq!(values(&output), [2 * round + sum; 100]);
                }
            });
        }
    });
}

fn dispatch_time(driver: &dyn Driver, texts: &Texts) {
    let buffer = driver.allocate(400).unwrap();
    let (count, parameters) = (100i32.to_ne_bytes(), parameters(0));
    let arguments =
        [KernelArgument::Buffer(&*buffer), KernelArgument::Bytes(&count), KernelArgument::Bytes(&parameters)];
    let size = WorkSize { global: [100, 1, 1], local: [32, 1, 1] };
    for _ in 0..2 {
        let start = std::time::Instant::now();
        for _ in 0..500 {
            let program = driver.compile(texts.affine, &definitions(2)).unwrap();
            driver.launch(&*program, "affine", size, &arguments).unwrap();
        }
        let issued = start.elapsed() / 500;
        driver.synchronize().unwrap();
        eprintln!("one launch: {issued:?} to issue, {:?} with its work", start.elapsed() / 500);
    }
}
