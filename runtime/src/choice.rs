//! Parameters that are one of some names.

use kernwerk_codegen::ir::Axis;

/// A parameter that is one of some names, such as the form of a window.
///
/// ```
/// use kernwerk_runtime::{Choice, Footprint};
/// assert_eq!(Footprint::NAMES, ["box", "sphere"]);
/// assert_eq!(Footprint::from_index(1), Footprint::Sphere);
/// ```
pub trait Choice: Copy {
    /// The names, as the command line spells them.
    const NAMES: &'static [&'static str];
    /// Position of the value among the names.
    fn index(self) -> usize;
    /// The value with that position; the last one if there are fewer.
    fn from_index(index: usize) -> Self;
}

impl Choice for Axis {
    const NAMES: &'static [&'static str] = &["x", "y", "z"];

    fn index(self) -> usize {
        Axis::index(self)
    }

    fn from_index(index: usize) -> Axis {
        Axis::ALL[index.min(2)]
    }
}

/// The form of a window or of a connectivity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Footprint {
    /// All voxels within the radius along each axis; as connectivity: 26 neighbours (8 in 2-D).
    #[default]
    Box,
    /// The voxels of an ellipsoid; as connectivity: 6 direct neighbours (4 in 2-D).
    Sphere,
}

impl Choice for Footprint {
    const NAMES: &'static [&'static str] = &["box", "sphere"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Footprint {
        if index == 0 { Footprint::Box } else { Footprint::Sphere }
    }
}
