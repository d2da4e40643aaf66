//! Random programs: well-typed operations of every class, as Rust source.
//!
//! Input: a seed. Output: a [`Program`]. The grammar is that of `docs/language.md`. What the language calls undefined is avoided by
//! construction: every integer expression carries the interval of its values, and is narrowed where an operator would leave its type.
//! Invariant: the same seed gives the same program on every machine, as long as this module is not changed.

mod access;
mod classes;
mod expr;
mod integers;
mod names;
mod stmt;

use kernwerk_codegen::ir::Class;

use crate::random::Random;

/// A program as an author would write it.
#[derive(Clone, Debug)]
pub struct Program {
    /// The arguments of `#[gpu_op(…)]`.
    pub attribute: String,
    /// The function, or the implementation of `Reduction`.
    pub source: String,
    /// The extents of a grid operation's buffers, one for each.
    pub extents: Vec<Extent>,
}

/// How many elements a buffer of a grid operation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many for each item.
    Items(usize),
    /// So many.
    Fixed(usize),
}

/// The classes that programs are made of.
pub const CLASSES: [Class; 7] = [
    Class::Pointwise,
    Class::Neighborhood,
    Class::Separable,
    Class::Gather,
    Class::Scan,
    Class::Reduction,
    Class::Grid,
];

/// A random program.
pub fn program(class: Class, seed: u64) -> Program {
    let mut generator = Generator::new(Random::new(seed), class);
    match class {
        Class::Neighborhood => generator.neighborhood(),
        Class::Separable => generator.separable(),
        Class::Reduction => generator.reduction(),
        Class::Grid => generator.grid(),
        Class::Gather => generator.gather(),
        Class::Scan => generator.scan(),
        _ => generator.pointwise(),
    }
}

/// A type of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    F32,
    I32,
    U32,
    I64,
    Bool,
    Usize,
    T,
}

impl Ty {
    fn name(self) -> &'static str {
        match self {
            Ty::F32 => "f32",
            Ty::I32 => "i32",
            Ty::U32 => "u32",
            Ty::I64 => "i64",
            Ty::Bool => "bool",
            Ty::Usize => "usize",
            Ty::T => "T",
        }
    }

    fn is_integer(self) -> bool {
        matches!(self, Ty::I32 | Ty::U32 | Ty::I64 | Ty::Usize)
    }

    /// The values of an integer type. Indices are only asked to fit 31 bits, as those of a GPU may have to.
    fn range(self) -> (i128, i128) {
        match self {
            Ty::I32 => (i32::MIN.into(), i32::MAX.into()),
            Ty::U32 => (0, u32::MAX.into()),
            Ty::I64 => (i64::MIN.into(), i64::MAX.into()),
            Ty::Usize => (0, i32::MAX.into()),
            Ty::F32 | Ty::Bool | Ty::T => (0, 0),
        }
    }
}

/// How a value may be used in the offset of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offset {
    /// Not at all.
    No,
    /// As it is, or negated: the offset of a window whose radius is a parameter.
    Whole,
    /// In sums too.
    Free,
}

/// A variable in scope.
#[derive(Clone, Debug)]
struct Variable {
    name: String,
    ty: Ty,
    low: i128,
    high: i128,
    mutable: bool,
    offset: Offset,
}

/// A local array.
#[derive(Clone, Debug)]
struct Array {
    name: String,
    ty: Ty,
    length: usize,
    low: i128,
    high: i128,
    mutable: bool,
}

/// Something that can be read everywhere in the body: an argument, a coordinate.
#[derive(Clone, Debug)]
struct Source {
    text: String,
    ty: Ty,
    low: i128,
    high: i128,
}

/// A window of the operation.
#[derive(Clone, Debug)]
struct View {
    /// `w.cuboid(1)`.
    text: String,
    /// Whether it can be looped over by `.offsets()`.
    planar: bool,
    offset: Offset,
    /// Most voxels.
    size: usize,
}

/// What one result of a function has to be.
#[derive(Clone, Copy, Debug)]
struct Slot {
    ty: Ty,
    low: i128,
    high: i128,
}

impl Slot {
    fn any(ty: Ty) -> Slot {
        let (low, high) = ty.range();
        Slot { ty, low, high }
    }
}

/// A buffer of a grid operation.
#[derive(Clone, Debug)]
struct GridBuffer {
    name: String,
    ty: Ty,
    use_: BufferUse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BufferUse {
    /// Read by everybody.
    Read(Extent),
    /// So many elements of each item are its own.
    Own(usize),
    /// Changed by everybody with one atomic operation.
    Shared(&'static str, usize),
}

struct Generator {
    random: Random,
    class: Class,
    /// Whether names are chosen to collide with those of the texts.
    hostile: bool,
    generic: bool,
    arguments: Vec<String>,
    sources: Vec<Source>,
    variables: Vec<Variable>,
    arrays: Vec<Array>,
    /// How many arrays there were: each has a name of its own.
    numbered: usize,
    views: Vec<View>,
    /// The window or line, and the type of its elements.
    image: Option<(String, Ty)>,
    weights: Vec<String>,
    buffers: Vec<GridBuffer>,
    results: Vec<Slot>,
    lines: Vec<String>,
    indent: usize,
    /// How often a statement here may run for each voxel.
    rounds: usize,
    loops: usize,
    /// Expressions that may still be made, so that programs stay small.
    budget: usize,
}

impl Generator {
    fn new(mut random: Random, class: Class) -> Generator {
        let hostile = random.percent(30);
        let budget = *random.pick(&[12, 25, 25, 40, 60, 90]);
        Generator {
            random,
            class,
            hostile,
            generic: false,
            arguments: Vec::new(),
            sources: Vec::new(),
            variables: Vec::new(),
            arrays: Vec::new(),
            numbered: 0,
            views: Vec::new(),
            image: None,
            weights: Vec::new(),
            buffers: Vec::new(),
            results: Vec::new(),
            lines: Vec::new(),
            indent: 1,
            rounds: 1,
            loops: 0,
            budget,
        }
    }

    fn line(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("{:width$}{}", "", text.as_ref(), width = 4 * self.indent));
    }

    /// Takes the lines that were written.
    fn take_body(&mut self) -> String {
        let mut text = std::mem::take(&mut self.lines).join("\n");
        text.push('\n');
        text
    }
}
