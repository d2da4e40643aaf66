//! The types of the IR. Read the essay in the parent module first.

use super::tokens::ir_types;
use super::{Axis, DType, Helper};

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
        /// Any element, read, write and atomics; 32-bit elements (grid).
        Global,
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

    /// An expression.
    pub enum Expr {
        /// A number of type f32, as its bits.
        Float {
            /// `f32::to_bits`.
            bits: u32,
        },
        /// An integer of type i32, u32 or index.
        Int {
            /// The value.
            value: i64,
        },
        /// `true` or `false`.
        Bool {
            /// The value.
            value: bool,
        },
        /// The first or the last value of the pixel type in sort order.
        PixelBound {
            /// Whether it is the last.
            largest: bool,
        },
        /// A local variable.
        Local {
            /// Which.
            local: LocalId,
        },
        /// A parameter, or one axis of it.
        Param {
            /// Which.
            param: u8,
            /// The axis of a per-axis parameter.
            axis: Option<Axis>,
        },
        /// The current voxel of an input (pointwise); the centre of a window.
        Voxel {
            /// The input.
            input: u8,
        },
        /// Global coordinate of the current voxel (i32).
        Coordinate {
            /// Along this axis.
            axis: Axis,
        },
        /// Extent of the whole image (i32).
        Extent {
            /// Along this axis.
            axis: Axis,
        },
        /// Linear index of the current item (grid).
        ItemIndex,
        /// Number of the current image of the batch (i32, grid).
        BatchIndex,
        /// One operand.
        Unary {
            /// The operator.
            op: UnaryOp,
            /// The operand.
            value: ExprId,
        },
        /// Two operands.
        Binary {
            /// The operator.
            op: BinaryOp,
            /// The left operand.
            left: ExprId,
            /// The right operand.
            right: ExprId,
        },
        /// `if condition { then } else { otherwise }` of two pure expressions.
        Select {
            /// The condition.
            condition: ExprId,
            /// If it holds.
            then: ExprId,
            /// If not.
            otherwise: ExprId,
        },
        /// `value as T`.
        Cast {
            /// The operand; the target is the expression's type.
            value: ExprId,
        },
        /// A function of the language.
        Call {
            /// Which.
            function: Intrinsic,
            /// Its arguments.
            arguments: List,
        },
        /// A `#[gpu_fn]` with one result.
        CallHelper {
            /// Which of the operation's (or helper's) helpers.
            helper: u8,
            /// Its arguments.
            arguments: List,
        },
        /// An element of a local array.
        Element {
            /// The array.
            local: LocalId,
            /// Its index; it is known at build time not to exceed the array.
            index: ExprId,
        },
        /// A neighbour at an offset from the current voxel.
        Neighbor {
            /// The input.
            input: u8,
            /// dx, dy, dz; along a line only dx is used.
            offset: [ExprId; 3],
        },
        /// The source at a place, in its own coordinates (gather).
        Sample {
            /// The input.
            input: u8,
            /// How.
            sampling: Sampling,
            /// x, y, z: i32 for [`Sampling::Voxel`], else f32.
            at: [ExprId; 3],
        },
        /// Extent of the whole source (i32, gather).
        SourceExtent {
            /// Along this axis.
            axis: Axis,
        },
        /// Whether an offset leads to a voxel inside the image.
        Inside {
            /// dx, dy, dz.
            offset: [ExprId; 3],
        },
        /// A window reduced to one value.
        Reduce {
            /// The window (for weighted sums: the index of the weights).
            window: u8,
            /// How.
            reducer: Reducer,
        },
        /// An element of a buffer (grid).
        Load {
            /// The buffer.
            input: u8,
            /// Its index.
            index: ExprId,
        },
    }

    /// An operator with one operand.
    pub enum UnaryOp {
        /// `-x`.
        Neg,
        /// `!x` of a truth value or an integer.
        Not,
    }

    /// An operator with two operands.
    pub enum BinaryOp {
        /// `+`; integers wrap.
        Add,
        /// `-`; integers wrap.
        Sub,
        /// `*`; integers wrap.
        Mul,
        /// `/`.
        Div,
        /// `%`.
        Rem,
        /// `&`.
        BitAnd,
        /// `|`.
        BitOr,
        /// `^`.
        BitXor,
        /// `<<`.
        Shl,
        /// `>>`.
        Shr,
        /// `&&`.
        And,
        /// `||`.
        Or,
        /// `==`.
        Eq,
        /// `!=`.
        Ne,
        /// `<`.
        Lt,
        /// `<=`.
        Le,
        /// `>`.
        Gt,
        /// `>=`.
        Ge,
    }

    /// A function of the language.
    pub enum Intrinsic {
        /// Absolute value of f32 or i32 (wrapping).
        Abs,
        /// Correctly rounded square root.
        Sqrt,
        /// Towards minus infinity.
        Floor,
        /// Towards plus infinity.
        Ceil,
        /// Half to even.
        Round,
        /// Towards zero.
        Trunc,
        /// `a * b + c`, rounded once.
        MulAdd,
        /// The smaller in sort order (NaN last).
        Min,
        /// The larger in sort order (NaN last).
        Max,
        /// Whether the value is NaN.
        IsNan,
        /// Whether the value is neither infinite nor NaN.
        IsFinite,
        /// The bits of an f32; any NaN gives 0x7fc00000.
        ToBits,
        /// The f32 with these bits.
        FromBits,
        /// Sum of integers, modulo 2³².
        WrappingAdd,
        /// Difference of integers, modulo 2³².
        WrappingSub,
        /// Product of integers, modulo 2³².
        WrappingMul,
        /// Euler's number to a power, as the vendor computes it. Bounded tier.
        Exp,
        /// Natural logarithm, as the vendor computes it. Bounded tier.
        Ln,
        /// Power, as the vendor computes it. Bounded tier.
        Powf,
        /// Sine, as the vendor computes it. Bounded tier.
        Sin,
        /// Cosine, as the vendor computes it. Bounded tier.
        Cos,
    }

    /// How a window becomes one value. Voxels are visited in raster order.
    pub enum Reducer {
        /// f32 sum.
        Sum,
        /// Largest in sort order.
        Max,
        /// Smallest in sort order.
        Min,
        /// The element of rank `count / 2` in sort order.
        Median,
        /// The number of voxels, as f32.
        Count,
        /// `mul_add` chain of the voxels of a line with host-computed weights.
        WeightedSum,
    }

    /// How a source is read. The exact arithmetic is defined with the runtime's `Sampler`.
    pub enum Sampling {
        /// A voxel.
        Voxel,
        /// The nearest voxel.
        Nearest,
        /// Linear interpolation along x, then y, then z; f32.
        Linear,
        /// Cubic B-spline over coefficients: 4 × 4 × 4 voxels; f32.
        Cubic,
    }

    /// An atomic read-modify-write.
    pub enum AtomicOp {
        /// Wrapping sum.
        Add,
        /// Smaller.
        Min,
        /// Larger.
        Max,
    }

    /// A statement.
    pub enum Stmt {
        /// Declares a local without a value; assigned on every path before it is read.
        Declare {
            /// The local.
            local: LocalId,
        },
        /// Declares a local with a value.
        Let {
            /// The local.
            local: LocalId,
            /// Its value.
            value: ExprId,
        },
        /// Assigns.
        Assign {
            /// The local.
            local: LocalId,
            /// Its new value.
            value: ExprId,
        },
        /// Declares as many consecutive locals as a `#[gpu_fn]` has results, and calls it.
        LetCall {
            /// The first local.
            first: LocalId,
            /// How many results there are.
            count: u32,
            /// Which of the operation's (or helper's) helpers.
            helper: u8,
            /// Its arguments.
            arguments: List,
        },
        /// Declares an array with these elements, or with all elements equal to the only one given.
        LetArray {
            /// The array.
            local: LocalId,
            /// Its elements.
            values: List,
        },
        /// Assigns an element of an array.
        AssignElement {
            /// The array.
            local: LocalId,
            /// Its index; it is known at build time not to exceed the array.
            index: ExprId,
            /// The element's new value.
            value: ExprId,
        },
        /// Branches.
        If {
            /// The condition.
            condition: ExprId,
            /// If it holds.
            then: Block,
            /// If not.
            otherwise: Block,
        },
        /// Counts a local from `start` up to `end`.
        For {
            /// The counter.
            local: LocalId,
            /// First value.
            start: ExprId,
            /// Bound.
            end: ExprId,
            /// Whether the bound is included.
            inclusive: bool,
            /// The statements.
            body: Block,
        },
        /// Visits the voxels of a window in raster order.
        ForWindow {
            /// The window.
            window: u8,
            /// Bound to the voxel's value.
            value: Option<LocalId>,
            /// Bound to dx, dy, dz.
            offset: Option<OffsetLocals>,
            /// The statements.
            body: Block,
        },
        /// Repeats while a condition holds.
        While {
            /// The condition, evaluated before each round.
            condition: ExprId,
            /// The statements.
            body: Block,
        },
        /// Leaves the innermost loop.
        Break,
        /// Starts the next round of the innermost loop.
        Continue,
        /// Ends the function.
        Return {
            /// Its results: none (grid), one per output, one per state slot, or (scan) both.
            values: List,
        },
        /// Writes an element of a buffer (grid).
        Store {
            /// The buffer.
            input: u8,
            /// Its index.
            index: ExprId,
            /// The value.
            value: ExprId,
        },
        /// Changes an element of a buffer atomically (grid).
        Atomic {
            /// Bound to the value before.
            result: Option<LocalId>,
            /// How.
            op: AtomicOp,
            /// The buffer.
            input: u8,
            /// Its index.
            index: ExprId,
            /// The operand.
            value: ExprId,
        },
    }

    /// The locals that hold an offset.
    #[derive(Eq, Hash)]
    pub struct OffsetLocals {
        /// Along x.
        pub x: LocalId,
        /// Along y.
        pub y: LocalId,
        /// Along z.
        pub z: LocalId,
    }
}

/// An expression with its type. Expansions make it by methods of [`Type`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Typed {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub ty: Type,
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
