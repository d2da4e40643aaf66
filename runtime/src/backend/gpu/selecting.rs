//! How a launch selects keys of its windows by networks: the sizes of a group, and how keys are compared.
//!
//! Input: a launch, the device's description and its row of [`SelectionTuning`]. Output: a [`Choice`], or none where the window is too large
//! or a group does not fit the device. Invariant: what is chosen fits the device's groups and its shared memory.

use kernwerk_codegen::ir::{DType, Reducer, Type};
use kernwerk_codegen::plan::{Role, SELECTION_MOST, SELECTION_RADIUS, selection};

use super::super::driver::DeviceDescription;
use super::super::launch::Launch;
use super::tuning::Choice;

/// The sizes of a kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SelectionTuning {
    /// Results along the march of a work-item, for each key that it compares at once; at most.
    strip: u32,
    /// The largest window that is selected from by networks.
    network: usize,
    /// The largest window that is sorted by networks, for a mode.
    sorted: usize,
}

/// For NVIDIA's GPUs: on one H200, strips of 8 take 5 % longer than those of 16, and groups of 32 × 4 less time than larger ones. Windows of
/// 125 fill the 255 registers of a work-item.
pub(super) const NVIDIA: SelectionTuning = SelectionTuning { strip: 16, network: SELECTION_MOST, sorted: 49 };
/// For GPUs of which nothing is known: fewer registers per work-item.
pub(super) const ANY_GPU: SelectionTuning = SelectionTuning { strip: 8, network: 49, sorted: 27 };
/// For OpenCL on processors: what is compiled grows with the window, and compiling takes seconds there.
pub(super) const PROCESSOR: SelectionTuning = SelectionTuning { strip: 8, network: SELECTION_MOST, sorted: 27 };

/// How a kernel that selects compares sort keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Keys {
    /// One in a word.
    U32,
    /// Two of 16 bits in a word at once.
    U16x2,
}

impl Keys {
    /// As the definition has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Keys::U32 => "u32",
            Keys::U16x2 => "u16x2",
        }
    }

    /// Keys that are compared at once.
    fn lanes(self) -> usize {
        match self {
            Keys::U32 => 1,
            Keys::U16x2 => 2,
        }
    }
}

/// Extents across the march and along it, of what is given as [x, y, z]; see `rts/selection.h`.
fn across_and_along<T: Copy>(radius: [u32; 3], [_, y, z]: [T; 3]) -> (T, T) {
    if radius[2] > 0 { (y, z) } else { (z, y) }
}

/// The kernel that marches, if the operation has it and it suits the launch.
pub(super) fn choice(launch: &Launch<'_>, device: &DeviceDescription, tuning: &SelectionTuning) -> Option<Choice> {
    let selection = selection(&launch.op.ir)?;
    let window = launch.windows.get(usize::from(selection.window))?;
    let radius = window.radius;
    let most = if selection.reducer == Reducer::Mode { tuning.sorted } else { tuning.network };
    let flat = radius[1] == 0 && radius[2] == 0;
    if flat || window.count() > most || radius.iter().any(|&radius| radius > SELECTION_RADIUS) {
        return None;
    }
    let stored = if selection.ty == Type::Pixel { launch.pixel.computed() } else { DType::F32 };
    // A mode counts runs beside the key, in the same number where there is room.
    let size = if selection.reducer == Reducer::Mode { 2 * stored.size() } else { stored.size() };
    let keys = if size <= 2 && device.pairs { Keys::U16x2 } else { Keys::U32 };
    let (across, along) = across_and_along(radius, launch.geometry.extent);
    // Where the window has no layers of several columns, groups are rows.
    let layered = radius[1] > 0 && radius[2] > 0;
    let (mut group, mut rows) = if layered { (32, 4) } else { (128, 1) };
    while group * rows > device.max_work_group && rows > 1 {
        rows /= 2;
    }
    while group * rows > device.max_work_group && group > 8 {
        group /= 2;
    }
    // Few sizes, so that few programs serve all images; a march ends with the image, whatever its strip.
    if layered && across <= 2 {
        rows = 1;
    }
    let few = along <= 4 * keys.lanes();
    let mut strip = if few { 4 } else { tuning.strip as usize };
    let (radius_across, radius_along) = across_and_along(radius, radius);
    let sides = if layered { 2 } else { 1 };
    let bytes = |strip: usize, rows: usize| {
        let wide = group + 2 * radius[0] as usize;
        let tall = rows * sides + if layered { 2 * radius_across as usize } else { 0 };
        wide * tall * (strip + 2 * radius_along as usize) * size_of::<u32>()
    };
    // A compiler for CUDA reserves 48 KB at most.
    let room = device.local_memory.min(48 << 10);
    while bytes(strip, rows) > room && strip > 2 {
        strip /= 2;
    }
    while bytes(strip, rows) > room && rows > 1 {
        rows /= 2;
    }
    let fits = bytes(strip, rows) <= room && group * rows <= device.max_work_group;
    fits.then_some(Choice {
        strip: strip as u32,
        group: group as u32,
        rows: rows as u32,
        keys: Some(keys),
        known: true,
        ..Choice::plain(Role::Select)
    })
}

/// How many groups a kernel has that marches.
pub(super) fn groups(launch: &Launch<'_>, choice: &Choice) -> Option<usize> {
    let radius = launch.windows.get(usize::from(selection(&launch.op.ir)?.window))?.radius;
    let geometry = &launch.geometry;
    let (across, along) = across_and_along(radius, geometry.extent);
    let sides = if radius[1] > 0 && radius[2] > 0 { 2 } else { 1 };
    let strip = choice.strip as usize * choice.keys.map_or(1, Keys::lanes);
    let parts_x = geometry.extent[0].div_ceil(choice.group as usize);
    Some(parts_x * across.div_ceil(choice.rows as usize * sides) * along.div_ceil(strip) * geometry.batch)
}
