//! Element types and boundary modes: the vocabulary shared by the compiler and the runtime.

use std::fmt;

/// The type of the elements of an image in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum DType {
    /// Unsigned 8-bit integer.
    U8,
    /// Signed 8-bit integer.
    I8,
    /// Unsigned 16-bit integer.
    U16,
    /// Signed 16-bit integer.
    I16,
    /// Unsigned 32-bit integer.
    U32,
    /// Signed 32-bit integer.
    I32,
    /// IEEE 754 binary32.
    F32,
    /// Unsigned 64-bit integer.
    U64,
    /// Signed 64-bit integer.
    I64,
    /// IEEE 754 binary64.
    F64,
    /// IEEE 754 binary16: a storage type only, computed in f32.
    F16,
}

impl DType {
    /// Every storage type: those up to 32 bits that bodies compute in, narrowest first, then the others.
    pub const ALL: [DType; 11] = [
        DType::U8,
        DType::I8,
        DType::U16,
        DType::I16,
        DType::U32,
        DType::I32,
        DType::F32,
        DType::U64,
        DType::I64,
        DType::F64,
        DType::F16,
    ];

    /// The name used in kernels, on the command line and in metadata: `u8`, `f32`, …
    pub const fn name(self) -> &'static str {
        match self {
            DType::U8 => "u8",
            DType::I8 => "i8",
            DType::U16 => "u16",
            DType::I16 => "i16",
            DType::U32 => "u32",
            DType::I32 => "i32",
            DType::F32 => "f32",
            DType::U64 => "u64",
            DType::I64 => "i64",
            DType::F64 => "f64",
            DType::F16 => "f16",
        }
    }

    /// The type with that [`name`](Self::name); NumPy's names (`uint8`, `float32`, `half`, `double`, …) are accepted too.
    pub fn from_name(name: &str) -> Option<DType> {
        Some(match name {
            "u8" | "uint8" => DType::U8,
            "i8" | "int8" => DType::I8,
            "u16" | "uint16" => DType::U16,
            "i16" | "int16" => DType::I16,
            "u32" | "uint32" => DType::U32,
            "i32" | "int32" => DType::I32,
            "f32" | "float32" => DType::F32,
            "u64" | "uint64" => DType::U64,
            "i64" | "int64" => DType::I64,
            "f64" | "float64" | "double" => DType::F64,
            "f16" | "float16" | "half" => DType::F16,
            _ => return None,
        })
    }

    /// Bytes per element.
    pub const fn size(self) -> usize {
        match self {
            DType::U8 | DType::I8 => 1,
            DType::U16 | DType::I16 | DType::F16 => 2,
            DType::U32 | DType::I32 | DType::F32 => 4,
            DType::U64 | DType::I64 | DType::F64 => 8,
        }
    }

    /// Whether the type is an integer type.
    pub const fn is_integer(self) -> bool {
        !matches!(self, DType::F16 | DType::F32 | DType::F64)
    }

    /// Whether the type has numbers below 0.
    pub const fn is_signed(self) -> bool {
        !matches!(self, DType::U8 | DType::U16 | DType::U32 | DType::U64)
    }

    /// What a body computes in that is generic over the storage type: the type itself, but f32 for f16.
    pub const fn computed(self) -> DType {
        match self {
            DType::F16 => DType::F32,
            other => other,
        }
    }

    /// Whether texts need support code for the type that most calls go without: f16 and the types of 64 bits.
    pub const fn is_rare(self) -> bool {
        self.size() == 8 || matches!(self, DType::F16)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a read outside the image returns. A property of the access, never of the operation's author.
///
/// Each mode but [`Constant`](Self::Constant) maps any coordinate, however far outside, into `0..extent`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Boundary {
    /// `a a a | a b c d | d d d` (SciPy `nearest`, NumPy `edge`); the default, as in clEsperanto.
    #[default]
    Nearest,
    /// `c b a | a b c d | d c b` (SciPy `reflect`, NumPy `symmetric`).
    Reflect,
    /// `d c b | a b c d | c b a` (SciPy `mirror`, NumPy `reflect`).
    Mirror,
    /// `b c d | a b c d | a b c` (SciPy and NumPy `wrap`).
    Wrap,
    /// `v v v | a b c d | v v v` (SciPy and NumPy `constant`).
    Constant(f32),
}

impl Boundary {
    /// The mode's name: `nearest`, `reflect`, `mirror`, `wrap` or `constant`.
    pub const fn name(self) -> &'static str {
        match self {
            Boundary::Nearest => "nearest",
            Boundary::Reflect => "reflect",
            Boundary::Mirror => "mirror",
            Boundary::Wrap => "wrap",
            Boundary::Constant(_) => "constant",
        }
    }

    /// Maps a coordinate into `0..extent`; `None` means "the constant". `extent` must not be 0.
    ///
    /// ```
    /// use kernwerk_codegen::ir::Boundary;
    /// let at = |mode: Boundary| (-3..7).map(|i| mode.index(i, 4).unwrap()).collect::<Vec<_>>();
    /// assert_eq!(at(Boundary::Reflect), [2, 1, 0, 0, 1, 2, 3, 3, 2, 1]);
    /// assert_eq!(at(Boundary::Mirror), [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
    /// ```
    pub fn index(self, coordinate: i64, extent: i64) -> Option<i64> {
        if (0..extent).contains(&coordinate) {
            return Some(coordinate);
        }
        match self {
            Boundary::Nearest => Some(coordinate.clamp(0, extent - 1)),
            Boundary::Reflect => {
                let folded = coordinate.rem_euclid(2 * extent);
                Some(if folded < extent { folded } else { 2 * extent - 1 - folded })
            }
            Boundary::Mirror if extent == 1 => Some(0),
            Boundary::Mirror => {
                let folded = coordinate.rem_euclid(2 * extent - 2);
                Some(if folded < extent { folded } else { 2 * extent - 2 - folded })
            }
            Boundary::Wrap => Some(coordinate.rem_euclid(extent)),
            Boundary::Constant(_) => None,
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Boundary::Constant(value) => write!(f, "constant:{value}"),
            other => f.write_str(other.name()),
        }
    }
}

/// A spatial axis.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Axis {
    /// Fastest in memory: columns.
    X,
    /// Rows.
    Y,
    /// Planes.
    Z,
}

impl Axis {
    /// The three axes in the order in which separable passes run.
    pub const ALL: [Axis; 3] = [Axis::X, Axis::Y, Axis::Z];

    /// `x`, `y` or `z`.
    pub const fn name(self) -> &'static str {
        match self {
            Axis::X => "x",
            Axis::Y => "y",
            Axis::Z => "z",
        }
    }

    /// 0 for x, 1 for y, 2 for z.
    pub const fn index(self) -> usize {
        self as usize
    }
}
