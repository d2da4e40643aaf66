//! The best peer of each case, and the target: `peers/h200.tsv`, measured on one NVIDIA H200.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peers {
    /// What Kernwerk is to reach on CUDA with the large image, in copies of the input image.
    pub target: f64,
    /// The best peer with the large image, in copies.
    pub large: Best,
    /// With 2048 × 2048, in microseconds per call.
    pub small2d: Option<Best>,
    /// With 64 × 512 × 512, in microseconds per call.
    pub small3d: Option<Best>,
}

/// A figure and whose it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// The figure.
    pub value: f64,
    /// Whose.
    pub peer: &'static str,
}

/// What is known of a case.
pub fn peers(case: &str) -> Option<Peers> {
    let row = include_str!("../peers/h200.tsv").lines().find(|line| line.split('\t').next() == Some(case))?;
    let cells: Vec<&'static str> = row.split('\t').collect();
    let best = |at: usize| Some(Best { value: cells.get(at)?.parse().ok()?, peer: cells.get(at + 1)? });
    Some(Peers { target: cells[1].parse().ok()?, large: best(2)?, small2d: best(4), small3d: best(6) })
}

/// How much slower than with CUDA NVIDIA's OpenCL may be.
pub const OPENCL_ALLOWANCE: f64 = 1.25;

/// Arithmetic rates of a device in operations per second: additions and fused multiply-adds, comparisons, special functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// `Cost::full`.
    pub full: f64,
    /// `Cost::half`.
    pub half: f64,
    /// `Cost::special`.
    pub special: f64,
}

/// The rates of a device by its name; `None` if we do not know them.
///
/// Lanes per clock and multiprocessor from NVIDIA's programming guide (compute capability 9.0: 128, 64, 16), 132 multiprocessors at
/// 1.98 GHz.
pub fn rates(device: &str) -> Option<Rates> {
    let lanes = |per_clock: f64| per_clock * 132.0 * 1.98e9;
    (device.contains("H200") || device.contains("H100")).then(|| Rates {
        full: lanes(128.0),
        half: lanes(64.0),
        special: lanes(16.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{CASES, FAMILIES};

    #[test]
    fn every_case_has_a_target_and_a_family() {
        for case in CASES {
            let peers = peers(case.name).unwrap_or_else(|| panic!("{} is not in peers/h200.tsv", case.name));
            assert!(peers.target > 0.0 && peers.large.value > 0.0);
            assert!(peers.small2d.is_some() && peers.small3d.is_some(), "{}", case.name);
            assert!(FAMILIES.contains(&case.family), "{}", case.family);
            assert!(case.memory_floor() <= peers.target, "{}: the target is below the floor", case.name);
        }
    }
}
