//! The types of the IR, part one: what an operation is. Read the essay in the parent module first.

use super::tokens::ir_types;
use super::{DType, Helper, Stmt, Typed};

ir_types! {
    /// Index of an expression in its function.
    pub struct ExprId(u32);
    /// Index of a local variable in its function.
    pub struct LocalId(u32);

    /// One operation.
    pub struct Op {
        /// The Rust function's name; also the stem of the kernels' names.
        pub name: &'static str,
        /// Which access pattern it has.
        pub class: Class,
        /// Images (or, for [`Class::Grid`], buffers), in the order of the signature.
        pub inputs: &'static [Input],
        /// Parameters, in the order of the signature.
        pub params: &'static [Param],
        /// What is computed per voxel: one value for each image that comes out, at most [`MOST_OUTPUTS`](super::MOST_OUTPUTS); none for
        /// [`Class::Grid`].
        pub outputs: &'static [Type],
        /// The windows that the functions look through.
        pub windows: &'static [Window],
        /// Host functions that compute weights: one entry per `weighted_sum`.
        pub weights: &'static [Weights],
        /// `[body]`, `[body, start]` of a scan, or `[identity, step, merge, finish]` of a reduction.
        pub functions: &'static [Function],
        /// The `#[gpu_fn]` functions that these call, in the order of first call.
        pub helpers: &'static [&'static Helper],
        /// The slots of the state of a reduction or scan.
        pub state: &'static [Type],
        /// The parameter that says the extents of what comes out, where these are not those of the input (gather).
        pub output_extent: Option<u8>,
        /// The groups of lanes that its items are, where those share memory (grid).
        pub group: Option<Group>,
    }

    /// The groups of a grid operation whose lanes share memory. Its items are the groups; coordinates and indices are those of a group.
    pub struct Group {
        /// Lanes of a group.
        pub lanes: u32,
        /// The memory that they share; its contents are undefined when a group begins.
        pub shared: &'static [Shared],
    }

    /// An array that the lanes of a group share.
    pub struct Shared in order {
        /// Its name in the signature.
        pub name: &'static str,
        /// What its elements are: f32, i32 or u32.
        pub ty: Type,
        /// How many there are.
        pub length: u32,
    }

    /// The access pattern of an operation.
    pub enum Class {
        /// Each output voxel depends on the same voxel of each input.
        Pointwise,
        /// Each output voxel depends on a window around it.
        Neighborhood,
        /// A one-dimensional window, applied along x, then y, then z.
        Separable,
        /// Each output voxel depends on voxels anywhere in the source, which the body finds by their coordinates.
        Gather,
        /// A line at a time along an axis that the caller names, each voxel with the state that the ones before it left. The first
        /// parameter is the axis, the last whether lines are walked from their end; no function reads either.
        Scan,
        /// A monoid over voxels.
        Reduction,
        /// An explicit kernel over an index space, with atomics.
        Grid,
    }

    /// The type of a value.
    pub enum Type {
        /// IEEE 754 binary32.
        F32,
        /// Signed 32-bit integer.
        I32,
        /// Unsigned 32-bit integer.
        U32,
        /// Signed 64-bit integer: for intermediate values only.
        I64,
        /// Truth value; stored as 0 or 1, loaded as "not zero".
        Bool,
        /// A linear index: 32 bits where they suffice, 64 where the image needs them. `usize` in Rust.
        Index,
        /// The storage type of the inputs.
        Pixel,
        /// Nothing (the result of a grid kernel).
        Unit,
    }

    /// An input image, or a buffer of a grid kernel.
    pub struct Input in order {
        /// Its name in the signature.
        pub name: &'static str,
        /// What its elements are loaded as.
        pub ty: Type,
        /// How it may be used.
        pub access: Access,
    }

    /// How a function may use an input.
    pub enum Access {
        /// The voxel at the same place (pointwise, scan, reduction).
        Voxel,
        /// Through a window.
        Window,
        /// Along a line of the current pass.
        Line,
        /// Any voxel, and between voxels (gather).
        Sample,
        /// Any element, read only (grid).
        Read,
        /// Any element, written only, each by at most one item; any storage type (grid).
        Write,
        /// Any element, read, write and atomics; 32-bit elements (grid).
        Global,
        /// Counters that are only added to, by [`AtomicOp::Add`](super::AtomicOp::Add) without a result; u32 (grid). No item can see what
        /// another has counted, so a plan may count in copies and add them up.
        Tally,
    }

    /// A parameter.
    pub struct Param {
        /// Its name.
        pub name: &'static str,
        /// One value, or one per axis.
        pub per_axis: bool,
        /// The type of each value.
        pub ty: ParamType,
        /// The default, as text; `None` where the caller has to say.
        pub default: Option<&'static str>,
        /// Smallest value allowed.
        pub min: Option<f64>,
        /// Largest value allowed.
        pub max: Option<f64>,
        /// Given by `.with(name, value)` rather than as an argument of the wrapper.
        pub optional: bool,
        /// The unit, e.g. `voxels`.
        pub unit: Option<&'static str>,
        /// Whether a kernel may be compiled for each value that it is given (grid).
        pub specialized: bool,
    }

    /// The type of a parameter.
    pub enum ParamType {
        /// Floating point; must be finite unless a range says otherwise.
        F32,
        /// Signed integer.
        I32,
        /// Unsigned integer.
        U32,
        /// `true` or `false`.
        Bool,
        /// A value of the image's own type.
        Pixel,
        /// One of some names (composites and procedures; the axis of a scan).
        Choice {
            /// The names.
            names: &'static [&'static str],
        },
    }

    /// A window of neighbours. It contains the centre.
    pub struct Window in order {
        /// The input it looks at.
        pub input: u8,
        /// Its shape.
        pub shape: Shape,
        /// Its radius.
        pub radius: Radius,
    }

    /// The shape of a window with radii (rx, ry, rz).
    pub enum Shape {
        /// |dx| ≤ rx, |dy| ≤ ry, |dz| ≤ rz.
        Cuboid,
        /// (dx/rx)² + (dy/ry)² + (dz/rz)² ≤ 1; a radius of 0 admits only offset 0.
        Ellipsoid,
        /// |dx|/rx + |dy|/ry + |dz|/rz ≤ 1; a radius of 0 admits only offset 0.
        Diamond,
        /// |d| ≤ r along the axis of the pass.
        Line,
    }

    /// The radius of a window.
    pub enum Radius {
        /// Written in the body.
        Fixed {
            /// Voxels, on each axis.
            voxels: u32,
        },
        /// A parameter of type `PerAxis<u32>`.
        Param {
            /// Which.
            param: u8,
        },
    }

    /// A host function that computes the weights of a line.
    pub struct Weights {
        /// The line's input.
        pub input: u8,
        /// The call as it stands in the body, for reading.
        pub call: &'static str,
    }

    /// A function of an operation.
    pub struct Function {
        /// Its name: `body`, `start`, `identity`, `step`, `merge`, `finish`.
        pub name: &'static str,
        /// Its local variables, arguments first.
        pub locals: &'static [Local],
        /// Locals `0..arguments` are arguments (of a reduction; of the body of a scan, its state).
        pub arguments: u32,
        /// The arena of expressions.
        pub exprs: &'static [Typed],
        /// The arena of statements.
        pub stmts: &'static [Stmt],
        /// Lists of expressions that statements refer to.
        pub lists: &'static [ExprId],
        /// The function's statements.
        pub body: Block,
    }

    /// A local variable.
    pub struct Local in order {
        /// Its name in the body.
        pub name: &'static str,
        /// Its type; of an array, the type of its elements.
        pub ty: Type,
        /// Whether it is assigned after its declaration.
        pub mutable: bool,
        /// The number of elements, if it is an array.
        pub length: Option<u32>,
    }

    /// A run of statements.
    #[derive(Eq, Hash)]
    pub struct Block in order {
        /// The first.
        pub start: u32,
        /// How many.
        pub len: u32,
    }

    /// A run of [`Function::lists`].
    #[derive(Eq, Hash)]
    pub struct List in order {
        /// The first.
        pub start: u32,
        /// How many.
        pub len: u32,
    }
}

impl Type {
    /// The storage type of a result of this type unless the caller asks for another; `None` for `Pixel` and `Unit`.
    pub const fn default_storage(self) -> Option<DType> {
        match self {
            Type::F32 => Some(DType::F32),
            Type::I32 => Some(DType::I32),
            Type::U32 => Some(DType::U32),
            Type::Bool => Some(DType::U8),
            Type::I64 | Type::Index | Type::Pixel | Type::Unit => None,
        }
    }
}

impl Block {
    /// The statements of the block.
    pub fn of(self, function: &Function) -> &'static [Stmt] {
        &function.stmts[self.start as usize..][..self.len as usize]
    }
}

impl List {
    /// The expressions of the list.
    pub fn of(self, function: &Function) -> &'static [ExprId] {
        &function.lists[self.start as usize..][..self.len as usize]
    }
}

impl Op {
    /// How many slots of 32 bits its state takes where `Pixel` stands for that type.
    pub fn slots(&self, pixel: DType) -> usize {
        let slots = |ty: &Type| if matches!(ty, Type::Pixel) && pixel.size() == 8 { 2 } else { 1 };
        self.state.iter().map(slots).sum()
    }
}

impl Function {
    /// An expression of the arena.
    pub fn expr(&self, id: ExprId) -> Typed {
        self.exprs[id.0 as usize]
    }

    /// A local of the arena.
    pub fn local(&self, id: LocalId) -> Local {
        self.locals[id.0 as usize]
    }
}
