//! What an operation costs per voxel: bytes, loads, arithmetic. Counted in its text, not measured.
//!
//! Input: an [`Op`]. Output: a [`Cost`]. What is counted:
//!
//! * *moved*: bytes that have to come from and go to memory if every voxel is fetched once, with the default storage types (f32 for what
//!   is computed in the storage type). A lower bound of what a kernel moves.
//! * *loads* and *stores*: elements that the text reads and writes, a neighbour as often as it is read; a read and a write for an atomic.
//! * *flops*: `+ - * /` and `sqrt` of f32 count 1, `mul_add` 2. Nothing else is a flop: not changes of sign, rounding, conversions.
//! * *comparisons*: `min`, `max` and comparison operators of f32 and of the storage type; reducers that select, one per voxel of their
//!   window. A median's sorting is not counted.
//! * *vendor calls*: functions whose instructions are the vendor's.
//!
//! Loops with constant bounds are multiplied out; both sides of a branch count; what only a call knows becomes a [`Symbol`]. Windows
//! have their full, three-dimensional size. A window that is reduced twice in the same way is counted once, as it is computed.

use std::collections::BTreeMap;
use std::fmt;

use super::exactness::bound;
use super::range::constant;
use crate::ir::{
    Access, BinaryOp, Block, Class, Expr, ExprId, Function, Intrinsic, List, Op, Radius, Reducer, Sampling, Shape,
    Stmt, Type, print,
};

/// The costs of one voxel (of one item, for [`Class::Grid`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Bytes read and bytes written if every voxel is fetched once, for one pass; `None` where voxels are not visited one by one.
    pub moved: Option<(u64, u64)>,
    /// Elements read.
    pub loads: Amount,
    /// Elements written.
    pub stores: Amount,
    /// Arithmetic in f32.
    pub flops: Amount,
    /// Comparisons and selections.
    pub comparisons: Amount,
    /// Calls of functions of the bounded tier.
    pub vendor_calls: Amount,
    /// What the letters in the amounts stand for.
    pub symbols: Vec<Symbol>,
}

/// A number that only a call knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The letter that stands for it.
    pub name: String,
    /// What it is, in words.
    pub meaning: String,
}

/// A sum of products of symbols.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Amount {
    /// How often each product of symbols (sorted, by their numbers) counts; never 0.
    terms: BTreeMap<Vec<u8>, u64>,
}

impl Amount {
    fn constant(count: u64) -> Amount {
        let terms = if count == 0 { BTreeMap::new() } else { BTreeMap::from([(Vec::new(), count)]) };
        Amount { terms }
    }

    fn symbol(number: u8) -> Amount {
        Amount { terms: BTreeMap::from([(vec![number], 1)]) }
    }

    /// The number, if it is one.
    pub fn known(&self) -> Option<u64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&[][..]).copied(),
            _ => None,
        }
    }

    fn add(&mut self, other: &Amount) {
        for (symbols, count) in &other.terms {
            *self.terms.entry(symbols.clone()).or_default() += count;
        }
    }

    fn times(&self, other: &Amount) -> Amount {
        let mut product = Amount::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let mut symbols = [&left[..], right].concat();
                symbols.sort_unstable();
                product.add(&Amount { terms: BTreeMap::from([(symbols, a * b)]) });
            }
        }
        product
    }
}

impl fmt::Display for Amount {
    /// `2·n·m + n + 3`: longest products first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return f.write_str("0");
        }
        let mut terms: Vec<_> = self.terms.iter().collect();
        terms.sort_by_key(|(symbols, _)| (usize::MAX - symbols.len(), (*symbols).clone()));
        for (number, (symbols, count)) in terms.into_iter().enumerate() {
            let mut factors: Vec<String> = symbols.iter().map(|&symbol| letter(symbol)).collect();
            if *count != 1 || factors.is_empty() {
                factors.insert(0, count.to_string());
            }
            write!(f, "{}{}", if number > 0 { " + " } else { "" }, factors.join("·"))?;
        }
        Ok(())
    }
}

fn letter(symbol: u8) -> String {
    match symbol {
        0 => "n".to_owned(),
        1 => "m".to_owned(),
        more => format!("n{more}"),
    }
}

/// Counts the costs of an operation: of its body, or of the `step` of a reduction.
pub fn cost(op: &Op) -> Cost {
    let name = if op.class == Class::Reduction { "step" } else { "body" };
    let function = op.functions.iter().find(|function| function.name == name);
    let mut counter = Counter {
        op: *op,
        cost: Cost {
            moved: moved(op),
            loads: Amount::default(),
            stores: Amount::default(),
            flops: Amount::default(),
            comparisons: Amount::default(),
            vendor_calls: Amount::default(),
            symbols: Vec::new(),
        },
        meanings: Vec::new(),
        reduced: Vec::new(),
    };
    let once = Amount::constant(1);
    let visits = matches!(op.class, Class::Pointwise | Class::Reduction | Class::Scan);
    if visits {
        counter.cost.loads.add(&Amount::constant(op.inputs.len() as u64));
    }
    if !matches!(op.class, Class::Grid | Class::Reduction) {
        counter.cost.stores.add(&Amount::constant(op.outputs.len() as u64));
    }
    if let Some(function) = function {
        counter.block(function, function.body, &once);
    }
    counter.cost
}

fn moved(op: &Op) -> Option<(u64, u64)> {
    // What is computed in the storage type is f32 unless somebody says otherwise.
    let size = |ty: Type| ty.default_storage().map_or(4, |storage| storage.size() as u64);
    let read = op.inputs.iter().map(|input| size(input.ty)).sum();
    match op.class {
        Class::Grid => None,
        Class::Reduction => Some((read, 0)),
        Class::Pointwise | Class::Neighborhood | Class::Separable | Class::Gather | Class::Scan => {
            Some((read, op.outputs.iter().map(|&ty| size(ty)).sum()))
        }
    }
}

/// What a symbol stands for.
#[derive(Clone, PartialEq, Eq)]
enum Meaning {
    Window(u8),
    Weights(u8),
    /// A source that others are visited under.
    Kernel(u8),
    /// A loop, by its head.
    Rounds(String),
}

struct Counter {
    op: Op,
    cost: Cost,
    /// In the order of [`Cost::symbols`].
    meanings: Vec<Meaning>,
    /// Windows that were counted, since they are computed once.
    reduced: Vec<(u8, Reducer)>,
}

impl Counter {
    fn symbol(&mut self, meaning: Meaning) -> Amount {
        // Two loops with the same head are still two loops.
        let known = self.meanings.iter().position(|known| *known == meaning && !matches!(meaning, Meaning::Rounds(_)));
        let number = known.unwrap_or_else(|| {
            let words = match &meaning {
                Meaning::Window(window) => self.window_words(*window),
                Meaning::Weights(weights) => format!("weights in {}", self.op.weights[usize::from(*weights)].call),
                Meaning::Kernel(input) => format!("voxels of `{}`", self.op.inputs[usize::from(*input)].name),
                Meaning::Rounds(head) => format!("rounds of `{head}`"),
            };
            let name = letter(self.meanings.len() as u8);
            self.meanings.push(meaning);
            self.cost.symbols.push(Symbol { name, meaning: words });
            self.meanings.len() - 1
        });
        Amount::symbol(number as u8)
    }

    fn window_words(&self, window: u8) -> String {
        let info = self.op.windows[usize::from(window)];
        let voxels = format!("voxels of {}", print::window(&self.op, window));
        let Radius::Param { param } = info.radius else { return voxels };
        let radius = self.op.params[usize::from(param)].name;
        match info.shape {
            Shape::Cuboid => {
                let sides = print::per_axis(radius).map(|radius| format!("(2·{radius} + 1)"));
                format!("{voxels} = {}", sides.join("·"))
            }
            Shape::Line => format!("{voxels} = 2·{radius} + 1"),
            Shape::Ellipsoid | Shape::Diamond => voxels,
        }
    }

    /// The number of voxels of a window.
    fn window(&mut self, window: u8) -> Amount {
        let info = self.op.windows[usize::from(window)];
        match info.radius {
            Radius::Fixed { voxels } => match size(info.shape, i64::from(voxels)) {
                Some(size) => Amount::constant(size),
                None => self.symbol(Meaning::Window(window)),
            },
            Radius::Param { .. } => self.symbol(Meaning::Window(window)),
        }
    }

    fn block(&mut self, function: &Function, block: Block, times: &Amount) {
        for stmt in block.of(function) {
            self.stmt(function, stmt, times);
        }
    }

    fn stmt(&mut self, function: &Function, stmt: &Stmt, times: &Amount) {
        match *stmt {
            Stmt::Let { value, .. } | Stmt::Assign { value, .. } => self.expr(function, value, times),
            Stmt::If { condition, then, otherwise } => {
                self.expr(function, condition, times);
                self.block(function, then, times);
                self.block(function, otherwise, times);
            }
            Stmt::For { local, start, end, inclusive, body } => {
                self.expr(function, start, times);
                self.expr(function, end, times);
                let bounds = constant(self.op.windows, function, start).zip(constant(self.op.windows, function, end));
                let rounds = match bounds {
                    Some((start, end)) => {
                        Amount::constant(u64::try_from(end - start + i64::from(inclusive)).unwrap_or(0))
                    }
                    None => {
                        let [start, end] = [start, end].map(|id| print::expr(&self.op, function, id));
                        let range = if inclusive { "..=" } else { ".." };
                        let counter = function.local(local).name;
                        self.symbol(Meaning::Rounds(format!("for {counter} in {start}{range}{end}")))
                    }
                };
                self.block(function, body, &times.times(&rounds));
            }
            Stmt::ForWindow { window, value, body, .. } => {
                let taps = self.window(window);
                let times = times.times(&taps);
                if value.is_some() {
                    self.cost.loads.add(&times);
                }
                self.block(function, body, &times);
            }
            Stmt::ForUnder { under, value, weight, body, .. } => {
                let rounds = self.symbol(Meaning::Kernel(under));
                let times = times.times(&rounds);
                [value, weight].iter().flatten().for_each(|_| self.cost.loads.add(&times));
                self.block(function, body, &times);
            }
            Stmt::While { condition, body } => {
                let head = format!("while {}", print::expr(&self.op, function, condition));
                let rounds = self.symbol(Meaning::Rounds(head));
                let times = times.times(&rounds);
                self.expr(function, condition, &times);
                self.block(function, body, &times);
            }
            Stmt::Return { values } => {
                values.of(function).iter().for_each(|&value| self.expr(function, value, times));
            }
            Stmt::LetCall { helper, arguments, .. } => self.helper(function, helper, arguments, times),
            Stmt::LetArray { values, .. } => {
                values.of(function).iter().for_each(|&value| self.expr(function, value, times));
            }
            Stmt::AssignElement { index, value, .. } => {
                self.expr(function, index, times);
                self.expr(function, value, times);
            }
            Stmt::Phase { body } => self.block(function, body, times),
            Stmt::Share { index, value, .. } => {
                self.expr(function, index, times);
                self.expr(function, value, times);
            }
            Stmt::Store { index, value, .. } => {
                self.expr(function, index, times);
                self.expr(function, value, times);
                self.cost.stores.add(times);
            }
            Stmt::Atomic { index, value, .. } => {
                self.expr(function, index, times);
                self.expr(function, value, times);
                self.cost.loads.add(times);
                self.cost.stores.add(times);
            }
            Stmt::Declare { .. } | Stmt::Break | Stmt::Continue => {}
        }
    }

    fn expr(&mut self, function: &Function, id: ExprId, times: &Amount) {
        let typed = function.expr(id);
        let children =
            |counter: &mut Self, ids: &[ExprId]| ids.iter().for_each(|&id| counter.expr(function, id, times));
        match typed.expr {
            Expr::Float { .. }
            | Expr::Int { .. }
            | Expr::Bool { .. }
            | Expr::PixelBound { .. }
            | Expr::Local { .. }
            | Expr::Param { .. }
            | Expr::Coordinate { .. }
            | Expr::Along
            | Expr::Extent { .. }
            | Expr::SourceExtent { .. }
            | Expr::ItemIndex
            | Expr::Lane
            | Expr::BatchIndex => {}
            Expr::Voxel { input } => {
                if matches!(self.op.inputs[usize::from(input)].access, Access::Window | Access::Line) {
                    self.cost.loads.add(times);
                }
            }
            Expr::Unary { value, .. } | Expr::Cast { value } => self.expr(function, value, times),
            Expr::Binary { op, left, right } => {
                children(self, &[left, right]);
                let of = function.expr(left).ty;
                match op {
                    BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div if of == Type::F32 => {
                        self.cost.flops.add(times);
                    }
                    BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
                        if is_ordered(of) =>
                    {
                        self.cost.comparisons.add(times);
                    }
                    _ => {}
                }
            }
            Expr::Select { condition, then, otherwise } => children(self, &[condition, then, otherwise]),
            Expr::Call { function: intrinsic, arguments } => {
                let arguments = arguments.of(function);
                children(self, arguments);
                let of = function.expr(arguments[0]).ty;
                match intrinsic {
                    Intrinsic::Sqrt => self.cost.flops.add(times),
                    Intrinsic::MulAdd => self.cost.flops.add(&times.times(&Amount::constant(2))),
                    Intrinsic::Min | Intrinsic::Max if is_ordered(of) => self.cost.comparisons.add(times),
                    other if bound(other).is_some() => self.cost.vendor_calls.add(times),
                    _ => {}
                }
            }
            Expr::CallHelper { helper, arguments } => self.helper(function, helper, arguments, times),
            Expr::Element { index, .. } | Expr::Shared { index, .. } => self.expr(function, index, times),
            Expr::Neighbor { offset, .. } => {
                children(self, &offset);
                self.cost.loads.add(times);
            }
            Expr::Inside { offset } => children(self, &offset),
            Expr::Sample { sampling, at, .. } => {
                children(self, &at);
                self.sample(sampling, times);
            }
            Expr::Reduce { window, reducer } => self.reduce(window, reducer),
            Expr::LoadBits { index, count, .. } => {
                children(self, &[index, count]);
                self.cost.loads.add(times);
            }
            Expr::Load { index, .. } | Expr::Peek { index, .. } => {
                self.expr(function, index, times);
                self.cost.loads.add(times);
            }
        }
    }

    /// One sampling of a source that has three axes (`rts/sample.h`): seven interpolations of three operations and three fractions, or 84
    /// fused multiply-adds and the weights of three axes.
    fn sample(&mut self, sampling: Sampling, times: &Amount) {
        let (loads, flops) = match sampling {
            Sampling::Voxel | Sampling::Nearest => (1, 0),
            Sampling::Linear => (8, 7 * 3 + 3),
            Sampling::Cubic => (64, 84 * 2 + 3 * 19),
        };
        self.cost.loads.add(&times.times(&Amount::constant(loads)));
        self.cost.flops.add(&times.times(&Amount::constant(flops)));
    }

    /// What the call of a helper costs: its arguments, and all of its body.
    fn helper(&mut self, function: &Function, helper: u8, arguments: List, times: &Amount) {
        arguments.of(function).iter().for_each(|&argument| self.expr(function, argument, times));
        let helper = self.op.helpers[usize::from(helper)];
        // Inside the helper, helpers are numbered by its own list.
        let outer = self.op;
        self.op = Op { helpers: helper.helpers, ..outer };
        self.block(&helper.function, helper.function.body, times);
        self.op = outer;
    }

    /// A reduced window is computed before everything else, and once.
    fn reduce(&mut self, window: u8, reducer: Reducer) {
        if self.reduced.contains(&(window, reducer)) {
            return;
        }
        self.reduced.push((window, reducer));
        let taps = match reducer {
            Reducer::WeightedSum => self.symbol(Meaning::Weights(window)),
            _ => self.window(window),
        };
        match reducer {
            Reducer::Sum => {
                self.cost.loads.add(&taps);
                self.cost.flops.add(&taps);
            }
            Reducer::WeightedSum => {
                self.cost.loads.add(&taps);
                self.cost.flops.add(&taps.times(&Amount::constant(2)));
            }
            Reducer::Max | Reducer::Min => {
                self.cost.loads.add(&taps);
                self.cost.comparisons.add(&taps);
            }
            Reducer::Median | Reducer::Percentile { .. } | Reducer::Mode => self.cost.loads.add(&taps),
            Reducer::Count => {}
        }
    }
}

fn is_ordered(ty: Type) -> bool {
    matches!(ty, Type::F32 | Type::Pixel)
}

/// How many voxels a window of a fixed radius has.
fn size(shape: Shape, radius: i64) -> Option<u64> {
    let side = 2 * radius + 1;
    let within = |inside: &dyn Fn(i64, i64, i64) -> bool| {
        // Larger ones are not worth the enumeration.
        (radius <= 16).then(|| {
            let all = || -radius..=radius;
            all()
                .flat_map(|z| all().flat_map(move |y| all().map(move |x| (x, y, z))))
                .filter(|&(x, y, z)| inside(x, y, z))
                .count() as u64
        })
    };
    match shape {
        Shape::Line => u64::try_from(side).ok(),
        Shape::Cuboid => u64::try_from(side).ok().map(|side| side.pow(3)),
        Shape::Ellipsoid => within(&|x, y, z| x * x + y * y + z * z <= radius * radius),
        Shape::Diamond => within(&|x, y, z| x.abs() + y.abs() + z.abs() <= radius),
    }
}
