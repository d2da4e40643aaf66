//! The types of the IR, part two: what functions are made of. Read the essay in the parent module first.

use super::tokens::ir_types;
use super::{Axis, Block, ExprId, List, LocalId, Type};

ir_types! {
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
        /// In the step of a reduction: the coordinate along the axis of a projection (i32); x where there is none.
        Along,
        /// Extent of the whole image (i32).
        Extent {
            /// Along this axis.
            axis: Axis,
        },
        /// Linear index of the current item (grid).
        ItemIndex,
        /// Number of the current image of the batch (i32, grid).
        BatchIndex,
        /// Number of the lane in its group (grid).
        Lane,
        /// An element of an array that the lanes of a group share, in a phase (grid).
        Shared {
            /// The array.
            array: u8,
            /// Its index.
            index: ExprId,
        },
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
        /// A source at a place, in its own coordinates (gather).
        Sample {
            /// The input.
            input: u8,
            /// How.
            sampling: Sampling,
            /// x, y, z: i32 for [`Sampling::Voxel`], else f32.
            at: [ExprId; 3],
        },
        /// Extent of a whole source (i32, gather).
        SourceExtent {
            /// The input.
            input: u8,
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
        /// Up to 32 consecutive elements of a buffer of truth values as the bits of a u32, the first in the lowest (grid).
        LoadBits {
            /// The buffer.
            input: u8,
            /// Index of the first.
            index: ExprId,
            /// How many (u32), at most 32; the bits beyond are 0.
            count: ExprId,
        },
        /// An element of a buffer that items change, as it is or was at some time of the launch (grid).
        Peek {
            /// The buffer.
            input: u8,
            /// Its index.
            index: ExprId,
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
        /// How many bits of a u32 are 1.
        CountOnes,
        /// How many bits of a u32 are 0 above its highest 1; 32 of 0.
        LeadingZeros,
        /// How many bits of a u32 are 0 below its lowest 1; 32 of 0.
        TrailingZeros,
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
        /// The element of rank `count · p / 100`, rounded down, at most the last, in sort order.
        Percentile {
            /// The f32 parameter p.
            param: u8,
        },
        /// The most frequent element; of several the smallest in sort order.
        Mode,
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
        /// Visits the neighbours of the current voxel in a source, each with the voxel of another source, the kernel, that lies on it
        /// (gather). In raster order of the kernel. Voxel j of n of the kernel lies on the neighbour at j - n / 2, if it is reflected on the
        /// one at n / 2 - j, the division rounded down.
        ForUnder {
            /// The source.
            input: u8,
            /// The kernel.
            under: u8,
            /// The axis that x of the kernel lies along (u32: 0, 1, 2), while that axis of the kernel lies along x; none: x. It is the same
            /// for all voxels: a literal or a parameter.
            turned: Option<ExprId>,
            /// Whether the kernel is reflected; the same for all voxels, too.
            reflected: ExprId,
            /// Bound to the neighbour.
            value: Option<LocalId>,
            /// Bound to the kernel's voxel.
            weight: Option<LocalId>,
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
        /// What all lanes of a group do before any of them goes on. Statements that stand in no phase do the same in every lane; arrays
        /// that they declare have elements of their own for each lane (grid).
        Phase {
            /// The statements.
            body: Block,
        },
        /// Writes an element of an array that the lanes of a group share (grid).
        Share {
            /// The array.
            array: u8,
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

impl Reducer {
    /// Whether the result is one of the elements that their order tells.
    pub const fn selects(self) -> bool {
        matches!(self, Reducer::Median | Reducer::Percentile { .. } | Reducer::Mode)
    }
}
