//! Images of more than 2³¹ voxels, where linear indices need 64 bits: the same bits from every backend.
//!
//! Needs about 16 GiB of memory here and 8 GiB on each device, so it runs where `KERNWERK_HUGE` is set and says so elsewhere.

use std::process::ExitCode;

use kernwerk::prelude::*;
use kernwerk::{HostData, Result};
use kernwerk_tests::backends;

/// 2 271 215 616 voxels, in two images of a batch.
const SHAPE: [usize; 4] = [2, 33, 1 << 10, 33_605];

fn image() -> HostImage {
    let mut noise = 1_u32;
    let voxels = SHAPE.iter().product();
    let data = (0..voxels).map(|_| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    });
    HostImage::new(Axes::new("tzyx").unwrap(), &SHAPE, HostData::U8(data.collect())).unwrap()
}

/// What is compared: images as bytes, numbers as bits.
fn results(device: &Device, host: &HostImage) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let image = device.upload_host(host)?.typed::<u8>()?;
    let bytes = |image: AnyImage| Ok::<_, kernwerk::Error>(image.download_host()?.into_data().bytes().to_vec());
    let number = |value: f64| value.to_bits().to_le_bytes().to_vec();
    Ok(vec![
        ("greater_constant", bytes(greater_constant(&image, 200_u8).eval()?.into_any())?),
        ("maximum_box", bytes(maximum_box(&image, 1).eval()?.into_any())?),
        ("detect_maxima", bytes(detect_maxima(&image, 1, Footprint::Sphere).eval()?.into_any())?),
        ("sum_of_all_pixels", number(sum_of_all_pixels(&image).eval()?)),
        ("sum_x_projection", bytes(sum_x_projection(&image).eval()?.into_any())?),
        ("sum_z_projection", bytes(sum_z_projection(&image).eval()?.into_any())?),
    ])
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        println!("huge: test");
        return ExitCode::SUCCESS;
    }
    if std::env::var_os("KERNWERK_HUGE").is_none() {
        println!("not run: images of more than 2^31 voxels (16 GiB of memory); set KERNWERK_HUGE to run it");
        return ExitCode::SUCCESS;
    }
    let host = image();
    let expected = results(&Device::cpu(), &host).expect("the CPU computes");
    let found = backends::gpus();
    backends::report_absent(&found.absent);
    let mut failed = false;
    for present in &found.present {
        match results(&present.device, &host) {
            Ok(results) => {
                for ((name, expected), (_, result)) in expected.iter().zip(&results) {
                    let same = expected == result;
                    println!("{}: {name}: {}", present.label, if same { "the same bits" } else { "DIFFERENT" });
                    failed |= !same;
                }
            }
            Err(error) => {
                println!("{}: {error}", present.label);
                // A device that is too small is no difference.
                failed |= !matches!(error, kernwerk::Error::OutOfMemory { .. });
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
