//! Colours of labels and channels.

/// The colours of the channels of a composite, in their order: cyan, magenta, yellow, red, green, blue.
pub const CHANNEL_COLOURS: [[u8; 3]; 6] =
    [[0, 255, 255], [255, 0, 255], [255, 255, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]];

/// The colour of a label: always the same for the same label, black for 0, and clearly different for labels that
/// follow each other, which mostly lie beside each other.
///
/// Hues are steps of the golden ratio around the circle of OKLCH, a space in which equal steps look equal; three
/// lightnesses alternate.
pub fn label_colour(label: u32) -> [u8; 3] {
    if label == 0 {
        return [0; 3];
    }
    // The golden ratio as a 32-bit fraction: exact, so that large labels spread as well as small ones.
    let turn = label.wrapping_mul(0x9E37_79B9);
    let hue = f64::from(turn) / f64::from(u32::MAX) * std::f64::consts::TAU;
    let lightness = [0.70, 0.84, 0.60][label as usize % 3];
    let mut chroma = 0.20;
    loop {
        let linear = linear_rgb(lightness, chroma * hue.cos(), chroma * hue.sin());
        // The most colourful one that a screen can show.
        if chroma < 0.01 || linear.iter().all(|part| (0.0..=1.0).contains(part)) {
            return linear.map(screen);
        }
        chroma -= 0.005;
    }
}

/// From OKLab to linear sRGB, with the published coefficients.
fn linear_rgb(lightness: f64, a: f64, b: f64) -> [f64; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ]
}

/// The sRGB transfer function.
fn screen(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let value = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_labels_differ_clearly() {
        let distance = |a: [u8; 3], b: [u8; 3]| (0..3).map(|part| a[part].abs_diff(b[part])).max().unwrap();
        for label in (1..500).chain(u32::MAX - 500..u32::MAX - 3) {
            for next in 1..4 {
                let (a, b) = (label_colour(label), label_colour(label + next));
                assert!(distance(a, b) >= 40, "{label}: {a:?} {b:?}");
            }
            assert!(distance(label_colour(label), [0; 3]) >= 100);
        }
        assert_eq!(label_colour(0), [0; 3]);
    }
}
