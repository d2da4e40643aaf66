//! IR → kernel plan: which kernels an operation has, how their index space is laid out and what their arguments are.
//!
//! Input: an [`Op`]. Output: a [`Plan`], pure data that two readers follow: `emit` writes each kernel's text from it, and
//! the runtime binds arguments in the very order in which they stand here. Nothing about argument order is known anywhere
//! else. Invariant: a plan depends on the operation alone, never on a device, a shape or a parameter.

mod chain;
mod extremum;
mod fused;
mod gather;
mod grid;
mod line;
mod neighborhood;
pub mod network;
mod pointwise;
mod reason;
mod reduction;
mod scan;
mod selection;
mod stencil;

pub use chain::{
    CHAIN_INPUTS, CHAIN_SCALARS, CHAIN_STEPS, CHAIN_WEIGHT, Chain, ChainArgument, ChainStep, Source, chain_arguments,
    scalars, unfit, weight,
};
pub use extremum::{EXTREMUM_RADIUS, EXTREMUM_ROWS, extremum};
pub use fused::{After, Fused, Place, fused_arguments, unfit_after, unfit_before};
pub use gather::{GATHER_TILE, gather_steps};
pub use grid::counts;
pub use scan::{AXIS_PARAM, SCAN_NUMBERS, SCAN_TILE, reverse_param};

pub use line::{LineReduction, ROW_TILE, hands_on, line_reduction};
pub use reason::reasons;
pub use selection::{SELECTION_MOST, SELECTION_RADIUS, Selection, selection};
pub use stencil::{STENCIL_GROUP, Surroundings, asks_inside, stencil};

use crate::ir::{Axis, Class, DType, Op, ParamType, Shape};

/// How many work-items share one row chunk of a reduction: part of the definition of every sum (see the book, Numerics).
pub const REDUCTION_LANES: usize = 32;
/// Voxels of a row (and states of a list) that are reduced as one unit; chunks are anchored at global coordinate 0.
pub const REDUCTION_CHUNK: usize = 4096;
/// Voxels along y or z that a projection sums before it merges.
pub const PROJECTION_CHUNK: usize = 64;

/// Most work-items of a group in the kernels of a reduction whose work-items merge states: so many states are shared.
pub const REDUCTION_GROUP: usize = 256;

/// All kernels of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order in which they stand in the text.
    pub kernels: Vec<Kernel>,
}

impl Plan {
    /// The kernel with that role, if the operation has it.
    pub fn kernel(&self, role: Role) -> Option<&Kernel> {
        self.kernels.iter().find(|kernel| kernel.role == role)
    }
}

/// What a kernel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The whole operation in one launch (pointwise, neighborhood, gather, grid).
    Whole,
    /// One pass of a separable operation along [`Definition::Axis`], whatever its body.
    Pass,
    /// A pass along x of an operation that reduces its line: rows staged in shared memory, four results per work-item.
    Rows,
    /// The same along y or z: a run of [`Definition::Strip`] results per work-item, each voxel read once for all of them.
    Columns,
    /// The passes along x and y of such an operation in one launch, for radii that are definitions.
    Planes,
    /// All three passes of such an operation in one launch, for small radii that are definitions.
    Volume,
    /// The same for the smallest or largest voxel where voxels are smaller than four bytes: several of them in a word.
    Lanes,
    /// A pass along y or z for the smallest or largest voxel where voxels are smaller than four bytes: several of them in a word.
    Words,
    /// The same along x, for radii that are definitions.
    WordRows,
    /// A pass along y or z for radii that are definitions: a work-item walks down a column.
    March,
    /// A gather operation under a kernel whose extents are definitions: a work-item walks along z, where each plane serves several results.
    UnderMarch,
    /// A pointwise operation on vectors of four voxels.
    Quads,
    /// A neighborhood operation that selects a key of its window, for small windows: keys staged, sorted parts shared along a march.
    Select,
    /// A neighborhood operation that takes the minimum or maximum of a window whose rows are chords, of small radius: keys staged, rows shared
    /// by the planes of the window.
    Extremum,
    /// A neighborhood operation of small reach: four columns per work-item, the planes of its windows in registers along a march.
    Stencil,
    /// All lines of an image along [`Definition::Axis`] (scan).
    Scan,
    /// Rows of an image → one state per row chunk.
    ReduceRows,
    /// Rows of an image that are one chunk each → one output value per row.
    ReduceRowValues,
    /// A list of states → one state per chunk of [`REDUCTION_CHUNK`].
    ReduceStates,
    /// Groups of consecutive states → one output value each.
    ReduceFinish,
    /// A projection along y or z → output values.
    ReduceAxis,
    /// (label, plane) items → one state each.
    ReduceLabels,
    /// The states of consecutive items → one state per label.
    ReduceLabelPlanes,
}

/// One kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Its name in the text.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// One sentence for the text's comment.
    pub summary: &'static str,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// The index space.
    pub items: Items,
    /// Work-items per group.
    pub local: [usize; 3],
}

/// One argument of a kernel. Widths are 4 bytes unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument {
    /// Pointer to an input image or grid buffer.
    Input(u8),
    /// Pointer to an output image.
    Output(u8),
    /// u32: how many counters a tally has.
    Length(u8),
    /// The `kw_geometry` struct: 20 × i32. Global extents (x, y, z) and batch; then origin, extent, source and source extent,
    /// each (x, y, z, 0).
    Geometry,
    /// A `kw_geometry` of a further image that a gather operation samples: its extents are the source extents, and the batch is that of
    /// the image, 1 where it serves all images of the batch. The others are 0.
    Source(u8),
    /// f32: the value outside the image under `Boundary::Constant`.
    Border,
    /// Pointer to i32: half-widths in x for each (dz, dy) of a window, -1 where the row is empty.
    Chords(u8),
    /// Two i32 arguments, ry and rz of the window (the chord table has (2·rz + 1)·(2·ry + 1) entries).
    ChordExtent(u8),
    /// i32: the radius of a line window along the pass's axis.
    LineRadius(u8),
    /// Pointer to f32 and an i32 argument: 2·radius + 1 weights and the radius.
    Weights(u8),
    /// The struct `kw_taps`: the 2·KW_REACH + 1 weights of the pass's axis, by value, so that a kernel has them in its constants; the first
    /// alone if the radius is no definition.
    Taps(u8),
    /// The struct `kw_taps_y`: the 2·KW_REACH_Y + 1 weights along y, by value.
    TapsY(u8),
    /// The struct `kw_taps_z`: the 2·KW_REACH_Z + 1 weights along z, by value.
    TapsZ(u8),
    /// i32: how many voxels along its axis a marching work-item computes.
    Chunk,
    /// A parameter: one scalar, or three (x, y, z) if it is per axis. Pixel parameters have the pixel's width, bool is i32.
    Param(u8),
    /// f32: how many voxels are reduced to one value.
    Count,
    /// Pointer to u32: states to read, slot-major (a slot of 64 bits is two, the lower bits first), and their number (u32).
    StatesIn,
    /// Pointer to u32: states to write, slot-major, and their number (u32).
    StatesOut,
    /// u32: states per output value.
    GroupSize,
    /// Pointer to the label image.
    Labels,
    /// Pointer to u32 items, 6 per item: label, batch·extent_z + z, min x, min y, max x, max y (inclusive).
    LabelItems,
    /// Pointer to u32: number of the first item of each label, and one past the last.
    LabelStarts,
}

/// The index space of a kernel. Kernels guard against work-items past the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// One work-item per voxel of the region, linear.
    Linear,
    /// One work-item per [`Definition::Strip`] vectors of four voxels of the region, linear.
    Quads,
    /// 32 work-items per [`ROW_TILE`] voxels of a row; a row; a plane of the batch.
    RowTiles,
    /// One work-item per x, per y, per run of [`Definition::Strip`] planes and batch; where that is 0, one per row.
    Strips,
    /// 32 work-items per [`ROW_TILE`] columns; a run of `Chunk` rows; a plane of the batch.
    Planes,
    /// One work-item per four columns along x and along y; a run of `Chunk` planes of the batch. Groups are 32 wide and
    /// [`Definition::Rows`] high.
    Volume,
    /// One work-item per four words along x and per [`Definition::Strip`] rows; a run of `Chunk` planes of the batch.
    Lanes,
    /// One work-item per [`Definition::Strip`] columns; a run of `Chunk` voxels along the axis; a place on the third axis and the batch.
    March,
    /// One work-item per column, per [`Definition::Strip`] voxels along the axis, per place on the third axis and the batch.
    Columns,
    /// The same, one work-item per word of a column.
    Words,
    /// One work-item per four words of a row: x, y, z·batch. Kernels stride along y and z.
    WordRows,
    /// Groups of [`Definition::Group`] × [`Definition::Rows`] work-items, numbered linearly: parts of the region along x, across the march and
    /// along it, and the batch. A work-item computes [`Definition::Strip`] voxels along the march for each key that it compares at once, and
    /// two across it where the window extends there.
    Selections,
    /// Groups of [`Definition::Group`] × [`Definition::Rows`] work-items, numbered linearly: parts of the region along x and y, runs of `Chunk`
    /// planes, and the batch. A work-item computes four voxels along x in each of [`Definition::Strip`] rows.
    Extrema,
    /// One work-item per four columns along x, per [`Definition::Rows`] lines across the march, per run of `Chunk` voxels along it, and batch.
    /// The march is along z; of flat images along y, and there is nothing across it.
    Stencil(Surroundings),
    /// One work-item per voxel: x, y, z·batch. Kernels stride along y and z, so that a launch may clamp them.
    Spatial,
    /// One group per item: x, y, z·batch. Kernels stride along y and z, so that a launch may clamp them. A group has as many work-items as the
    /// plan says, since they share memory.
    Groups,
    /// As many groups as run at a time, which walk the items linearly, [`Definition::Strip`] vectors of four in each step.
    Walk,
    /// As `Spatial`, but each work-item computes so many voxels along x, which lie as far apart as the group is wide.
    Steps(usize),
    /// One work-item per x, per [`Definition::Strip`] voxels along y, per z·batch. Kernels stride along y and z.
    Under,
    /// The same, but per chunk of z.
    UnderMarch,
    /// Groups of square tiles of x and another axis; the kernel strides along that and the third one, so that a launch may clamp them.
    Tiles(Axis),
    /// One column of work-items per output value, as many as the launch sees fit: the group's second dimension.
    ColumnParts,
    /// [`REDUCTION_LANES`] work-items per row chunk of the region, linear.
    RowChunks,
    /// [`REDUCTION_LANES`] work-items per output state, linear.
    StateChunks,
    /// One work-item per output value, state or line, linear.
    Outputs,
}

/// What the preprocessor is told; names are those in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Definition {
    /// `KW_IN_<NAME>`: storage type of an input, e.g. `KW_IN_IMAGE=u16`.
    Input(u8),
    /// `KW_OUT`, `KW_OUT1`, …: storage type of an output.
    Output(u8),
    /// `KW_PARAM_<NAME>`: the value of a parameter that is [`specialized`](crate::ir::Param::specialized); the argument itself where a kernel
    /// serves all values.
    Param(u8),
    /// `KW_RARE`: 1 if some storage type is f16 or has 64 bits, 2 if some is f64.
    Rare,
    /// `KW_PIXEL`: the type that `Pixel` is computed in.
    Pixel,
    /// `KW_LABELS`: storage type of the label image of a per-label reduction.
    Labels,
    /// `KW_BOUNDARY`: `nearest`, `reflect`, `mirror`, `wrap`, `constant`.
    Boundary,
    /// `KW_AXIS`: 0, 1, 2 for x, y, z.
    Axis,
    /// `KW_INDEX`: 32 or 64.
    Index,
    /// `KW_KERNEL`: number of the one kernel of the text to compile, from 1; 0: all of them.
    Kernel,
    /// `KW_FLAT`: 1, 2 and 4 for axes x, y and z of extent 1, on which there are no neighbours.
    Flat,
    /// `KW_STRIP`: how many results (or vectors of four) a work-item computes, where the plan leaves that to the device.
    Strip,
    /// `KW_GROUP`: work-items of a group along x.
    Group,
    /// `KW_ROWS`: work-items of a group across the march; 0: the kernel of all three passes is not asked for. Of a stencil: lines of a work-item.
    Rows,
    /// `KW_VECTORS`: 1 if every row begins where a vector of four voxels may.
    Vectors,
    /// `KW_KEYS`: how sort keys are compared: one in a word, `u32`, or two of 16 bits at once, `u16x2`.
    Keys,
    /// `KW_REACH`: the radius of the line, so that loops over it are unrolled; -1: the argument says it.
    Reach,
    /// `KW_REACH_Y`: the radius along y where x and y are passed at once; -1: they are not.
    ReachY,
    /// `KW_REACH_Z`: the radius along z where x, y and z are passed at once; -1: they are not.
    ReachZ,
    /// `KW_ROOM`: the largest radius for which shared memory is reserved.
    Room,
    /// `KW_AHEAD`: how many voxels a work-item reads before it takes in the first (reduction, scan). 1, for processors: the work-items of a
    /// reduction do not share what they do, each takes all lanes of a chunk or [`REDUCTION_LANES`] columns.
    Ahead,
    /// `KW_UNDER_X`: columns of the kernel that neighbours lie under, so that these stay in registers; 0: only the image says how many.
    UnderX,
    /// `KW_UNDER_Y`: its rows.
    UnderY,
    /// `KW_UNDER_Z`: its planes, where results march along z.
    UnderZ,
    /// `KW_COUNTERS`: how many counters of 32 bits a group has in shared memory; 0: none, because there are more.
    Counters,
    /// `KW_WINDOW<n>`: number of voxels of a window that is reduced by `median`, so that its array has that size.
    WindowSize(u8),
    /// `KW_WINDOW<n>_KNOWN`: 1 if the radii of a window are definitions, so that loops over it are unrolled; 0: they are arguments.
    WindowKnown(u8),
    /// `KW_WINDOW<n>_RANK<p>`: the rank, from 0, of the element that the parameter p asks for as a percentile.
    WindowRank(u8, u8),
    /// `KW_WINDOW<n>_RX`, `_RY`, `_RZ`: its effective radii, where they are known.
    WindowRadius(u8, Axis),
}

impl Definition {
    /// The value of [`Rare`](Self::Rare) where images have these types.
    pub fn rare(types: impl Iterator<Item = DType>) -> u32 {
        let one = |ty: DType| match ty {
            DType::F64 => 2,
            ty => u32::from(ty.is_rare()),
        };
        types.map(one).max().unwrap_or(0)
    }
}

/// The definitions that a text of this operation reads.
pub fn definitions(op: &Op) -> Vec<Definition> {
    let mut definitions: Vec<_> = (0..op.inputs.len() as u8).map(Definition::Input).collect();
    definitions.extend((0..op.outputs.len() as u8).map(Definition::Output));
    definitions.extend(specialized(op).map(Definition::Param));
    definitions.push(Definition::Rare);
    if uses_pixel(op) {
        definitions.push(Definition::Pixel);
    }
    if op.has_boundary() {
        definitions.push(Definition::Boundary);
        definitions.extend(crate::analysis::median_windows(op).map(Definition::WindowSize));
        for window in shaped_windows(op) {
            definitions.push(Definition::WindowKnown(window));
            definitions.extend(Axis::ALL.map(|axis| Definition::WindowRadius(window, axis)));
        }
        let ranks = crate::analysis::percentiles(op).into_iter();
        definitions.extend(ranks.map(|(window, param)| Definition::WindowRank(window, param)));
    }
    if matches!(op.class, Class::Separable | Class::Scan | Class::Reduction) {
        definitions.push(Definition::Axis);
    }
    if matches!(op.class, Class::Reduction) {
        definitions.push(Definition::Labels);
    }
    definitions.push(Definition::Index);
    let kernels = plan(op).kernels;
    if kernels.len() > 1 {
        definitions.push(Definition::Kernel);
    }
    let sized = |items| {
        use Items::{Columns, Extrema, March, Quads, Selections, Stencil, Strips, Under, Walk};
        matches!(items, Quads | Columns | Strips | March | Walk | Selections | Extrema | Stencil(_) | Under)
    };
    if kernels.iter().any(|kernel| sized(kernel.items)) {
        definitions.push(Definition::Strip);
    }
    if op.class == Class::Neighborhood {
        definitions.push(Definition::Flat);
    }
    if matches!(op.class, Class::Scan | Class::Reduction) {
        definitions.push(Definition::Ahead);
    }
    if crate::analysis::one_kernel(op).is_some() {
        definitions.extend([Definition::UnderX, Definition::UnderY]);
        definitions.extend(crate::analysis::marches_under(op).then_some(Definition::UnderZ));
    }
    if counts(op) {
        definitions.push(Definition::Counters);
    }
    if kernels.iter().any(|kernel| kernel.role == Role::Select) {
        definitions.extend([Definition::Group, Definition::Rows, Definition::Keys]);
    }
    if kernels.iter().any(|kernel| kernel.role == Role::Extremum) {
        definitions.extend([Definition::Group, Definition::Rows]);
    }
    if kernels.iter().any(|kernel| kernel.role == Role::Stencil) {
        definitions.extend([Definition::Rows, Definition::Vectors]);
    }
    if kernels.iter().any(|kernel| kernel.role == Role::Rows) {
        definitions.extend([
            Definition::Reach,
            Definition::ReachY,
            Definition::ReachZ,
            Definition::Room,
            Definition::Rows,
        ]);
    }
    definitions
}

/// The windows that have a shape: those that are no lines.
pub fn shaped_windows(op: &Op) -> impl Iterator<Item = u8> + '_ {
    (0..op.windows.len() as u8).filter(|&window| op.windows[usize::from(window)].shape != Shape::Line)
}

/// Whether any part of the operation has the type `Pixel`.
pub fn uses_pixel(op: &Op) -> bool {
    use crate::ir::Type;
    op.inputs.iter().any(|input| input.ty == Type::Pixel)
        || op.outputs.contains(&Type::Pixel)
        || op.params.iter().any(|param| param.ty == ParamType::Pixel)
}

/// The parameters for whose values a kernel may be compiled: as definitions they are constants of its text.
pub fn specialized(op: &Op) -> impl Iterator<Item = u8> + '_ {
    let reads = |&param: &u8| op.params[usize::from(param)].specialized && crate::analysis::reads_param(op, param);
    (0..op.params.len() as u8).filter(reads)
}

/// The name of a definition in the text.
pub fn definition_name(op: &Op, definition: Definition) -> String {
    match definition {
        Definition::Input(input) => crate::reserved::input_definition(op.inputs[usize::from(input)].name),
        Definition::Output(0) => "KW_OUT".into(),
        Definition::Output(output) => format!("KW_OUT{output}"),
        Definition::Param(param) => crate::reserved::param_definition(op.params[usize::from(param)].name),
        Definition::Rare => "KW_RARE".into(),
        Definition::Pixel => "KW_PIXEL".into(),
        Definition::Labels => "KW_LABELS".into(),
        Definition::Boundary => "KW_BOUNDARY".into(),
        Definition::Axis => "KW_AXIS".into(),
        Definition::Index => "KW_INDEX".into(),
        Definition::Kernel => "KW_KERNEL".into(),
        Definition::Flat => "KW_FLAT".into(),
        Definition::Strip => "KW_STRIP".into(),
        Definition::Group => "KW_GROUP".into(),
        Definition::Rows => "KW_ROWS".into(),
        Definition::Vectors => "KW_VECTORS".into(),
        Definition::Keys => "KW_KEYS".into(),
        Definition::Reach => "KW_REACH".into(),
        Definition::ReachY => "KW_REACH_Y".into(),
        Definition::ReachZ => "KW_REACH_Z".into(),
        Definition::Room => "KW_ROOM".into(),
        Definition::UnderX => "KW_UNDER_X".into(),
        Definition::UnderY => "KW_UNDER_Y".into(),
        Definition::UnderZ => "KW_UNDER_Z".into(),
        Definition::Counters => "KW_COUNTERS".into(),
        Definition::Ahead => "KW_AHEAD".into(),
        Definition::WindowSize(window) => format!("KW_WINDOW{window}"),
        Definition::WindowKnown(window) => format!("KW_WINDOW{window}_KNOWN"),
        Definition::WindowRank(window, param) => format!("KW_WINDOW{window}_RANK{param}"),
        Definition::WindowRadius(window, axis) => {
            format!("KW_WINDOW{window}_R{}", axis.name().to_ascii_uppercase())
        }
    }
}

/// Plans an operation.
pub fn plan(op: &Op) -> Plan {
    let kernels = match op.class {
        Class::Pointwise => pointwise::kernels(op),
        Class::Neighborhood => std::iter::once(neighborhood::whole(op))
            .chain(selection::kernels(op))
            .chain(extremum::kernels(op))
            .chain(stencil::kernels(op))
            .collect(),
        Class::Separable => std::iter::once(neighborhood::pass(op)).chain(line::kernels(op)).collect(),
        Class::Gather => gather::kernels(op),
        Class::Scan => vec![scan::kernel(op)],
        Class::Reduction => reduction::kernels(op),
        Class::Grid => vec![grid::kernel(op)],
    };
    Plan { kernels }
}

fn inputs(op: &Op) -> impl Iterator<Item = Argument> {
    (0..op.inputs.len() as u8).map(Argument::Input)
}

fn outputs(op: &Op) -> impl Iterator<Item = Argument> {
    (0..op.outputs.len() as u8).map(Argument::Output)
}

fn params(op: &Op) -> impl Iterator<Item = Argument> {
    (0..op.params.len() as u8).filter(|&param| crate::analysis::reads_param(op, param)).map(Argument::Param)
}
