//! Along which axis of its result the neighbouring work-items of a gather operation should lie, so that what they read together lies
//! together in memory.
//!
//! Input: an operation of class gather. Output: [`Lanes`], from the coordinates that each sampled place depends on. Invariant: a plan may
//! follow this or not; every voxel of the result is computed by itself, so nothing but time depends on it.

use crate::ir::{Axis, BinaryOp, Block, Expr, ExprId, Function, Op, Sampling, Stmt, Type, UnaryOp};

/// Where the neighbours of a work-item lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// Along x: the source's x follows x alone.
    Row,
    /// In a patch of x and y: the source's places depend on several coordinates at once, as in a rotation.
    Patch,
    /// Along another axis, which the source's x follows.
    Across(Axis),
}

/// The coordinates of the result that a value depends on, by axis.
type Axes = [bool; 3];

/// Where neighbouring work-items should lie.
pub fn lanes(op: &Op) -> Lanes {
    let Some(function) = op.functions.first() else { return Lanes::Row };
    let dependence = Dependence::of(function);
    let mut places = function.exprs.iter().filter_map(|typed| match typed.expr {
        Expr::Sample { at, .. } => Some(at.map(|id| dependence.expr(id))),
        _ => None,
    });
    let Some(place) = places.next() else { return Lanes::Row };
    let place = places.fold(place, |all, one| [0, 1, 2].map(|axis| union(all[axis], one[axis])));
    let [x, y, z] = place;
    match x {
        [false, true, false] if !y[1] && !z[1] => Lanes::Across(Axis::Y),
        [false, false, true] if !y[2] && !z[2] => Lanes::Across(Axis::Z),
        [true, false, false] if !y[0] && !z[0] => Lanes::Row,
        [false, false, false] => Lanes::Row,
        _ => Lanes::Patch,
    }
}

/// Whether the result is one voxel of the source, at a place each of whose coordinates is a sum of multiples of the result's and a number that is
/// the same for all voxels, modulo 2³²: flips, crops, margins, transpositions. Then four places tell all.
pub fn evenly_placed(op: &Op) -> bool {
    let [function] = op.functions else { return false };
    let mut samples = function.exprs.iter().filter_map(|typed| match typed.expr {
        Expr::Sample { sampling, at, .. } => Some((sampling, at)),
        _ => None,
    });
    let (Some((Sampling::Voxel, at)), None) = (samples.next(), samples.next()) else { return false };
    let dependence = Dependence::of(function);
    let mut even = Even { dependence: &dependence, locals: vec![true; function.locals.len()] };
    loop {
        let before = even.locals.clone();
        even.block(function.body, [false; 3]);
        if even.locals == before {
            return at.iter().all(|&place| even.expr(place));
        }
    }
}

/// Whether the body reads its source in one place of its text.
pub fn samples_once(op: &Op) -> bool {
    super::expressions(op).filter(|expr| matches!(expr, Expr::Sample { .. })).count() == 1
}

/// Voxels of the source that the body reads at once for one voxel of the result, as far as the text tells.
pub fn samples(op: &Op) -> usize {
    expressions_samples(op).sum::<usize>().max(1)
}

fn expressions_samples(op: &Op) -> impl Iterator<Item = usize> + '_ {
    super::expressions(op).filter_map(|expr| match expr {
        Expr::Sample { sampling: Sampling::Voxel | Sampling::Nearest, .. } => Some(1),
        Expr::Sample { sampling: Sampling::Linear, .. } => Some(8),
        Expr::Sample { sampling: Sampling::Cubic, .. } => Some(64),
        _ => None,
    })
}

fn union(a: Axes, b: Axes) -> Axes {
    [0, 1, 2].map(|axis| a[axis] || b[axis])
}

/// What each local of a function depends on.
struct Dependence<'a> {
    function: &'a Function,
    locals: Vec<Axes>,
}

impl<'a> Dependence<'a> {
    fn of(function: &'a Function) -> Dependence<'a> {
        let mut found = Dependence { function, locals: vec![[false; 3]; function.locals.len()] };
        // A loop may carry a dependence on; each round finds more or is the last one.
        loop {
            let before = found.locals.clone();
            found.block(function.body, [false; 3]);
            if found.locals == before {
                return found;
            }
        }
    }

    fn block(&mut self, block: Block, under: Axes) {
        for stmt in block.of(self.function) {
            match *stmt {
                Stmt::Let { local, value } | Stmt::Assign { local, value } => {
                    self.adds(local.0, union(under, self.expr(value)));
                }
                Stmt::AssignElement { local, index, value } => {
                    let from = union(self.expr(index), self.expr(value));
                    self.adds(local.0, union(under, from));
                }
                Stmt::LetArray { local, values } => {
                    let from = self.all(values.of(self.function));
                    self.adds(local.0, union(under, from));
                }
                Stmt::LetCall { first, count, arguments, .. } => {
                    let from = union(under, self.all(arguments.of(self.function)));
                    (0..count).for_each(|part| self.adds(first.0 + part, from));
                }
                Stmt::If { condition, then, otherwise } => {
                    let under = union(under, self.expr(condition));
                    self.block(then, under);
                    self.block(otherwise, under);
                }
                Stmt::For { local, start, end, body, .. } => {
                    let under = union(under, union(self.expr(start), self.expr(end)));
                    self.adds(local.0, under);
                    self.block(body, under);
                }
                Stmt::While { condition, body } => {
                    let under = union(under, self.expr(condition));
                    self.block(body, under);
                }
                Stmt::ForUnder { value, body, .. } => {
                    value.iter().for_each(|local| self.adds(local.0, [true; 3]));
                    self.block(body, under);
                }
                _ => {}
            }
        }
    }

    fn adds(&mut self, local: u32, axes: Axes) {
        let local = &mut self.locals[local as usize];
        *local = union(*local, axes);
    }

    fn all(&self, exprs: &[ExprId]) -> Axes {
        exprs.iter().fold([false; 3], |all, &id| union(all, self.expr(id)))
    }

    fn expr(&self, id: ExprId) -> Axes {
        match self.function.expr(id).expr {
            Expr::Coordinate { axis } => {
                let mut axes = [false; 3];
                axes[axis.index()] = true;
                axes
            }
            Expr::Local { local } => self.locals[local.0 as usize],
            Expr::Element { local, index } => union(self.locals[local.0 as usize], self.expr(index)),
            Expr::Unary { value, .. } | Expr::Cast { value } => self.expr(value),
            Expr::Binary { left, right, .. } => union(self.expr(left), self.expr(right)),
            Expr::Select { condition, then, otherwise } => {
                union(self.expr(condition), union(self.expr(then), self.expr(otherwise)))
            }
            Expr::Call { arguments, .. } | Expr::CallHelper { arguments, .. } => self.all(arguments.of(self.function)),
            Expr::Sample { at, .. } => self.all(&at),
            _ => [false; 3],
        }
    }
}

/// Which locals are sums of multiples of coordinates wherever they are read.
struct Even<'a> {
    dependence: &'a Dependence<'a>,
    locals: Vec<bool>,
}

impl Even<'_> {
    fn block(&mut self, block: Block, under: Axes) {
        let function = self.dependence.function;
        for stmt in block.of(function) {
            match *stmt {
                Stmt::Let { local, value } | Stmt::Assign { local, value } => {
                    let even = under == [false; 3] && self.expr(value);
                    self.locals[local.0 as usize] &= even;
                }
                Stmt::If { condition, then, otherwise } => {
                    let under = union(under, self.dependence.expr(condition));
                    self.block(then, under);
                    self.block(otherwise, under);
                }
                Stmt::For { local, start, end, body, .. } => {
                    let under = union(under, union(self.dependence.expr(start), self.dependence.expr(end)));
                    self.locals[local.0 as usize] &= under == [false; 3];
                    self.block(body, under);
                }
                Stmt::While { condition, body } => self.block(body, union(under, self.dependence.expr(condition))),
                Stmt::ForUnder { body, .. } => self.block(body, under),
                // What holds these is looked at as a whole.
                _ => {}
            }
        }
    }

    fn expr(&self, id: ExprId) -> bool {
        let Dependence { function, .. } = *self.dependence;
        let depends = |id: ExprId| self.dependence.expr(id) != [false; 3];
        if !depends(id) {
            return true;
        }
        let integer = |ty| matches!(ty, Type::I32 | Type::U32 | Type::I64 | Type::Index);
        if !integer(function.expr(id).ty) {
            return false;
        }
        match function.expr(id).expr {
            Expr::Coordinate { .. } => true,
            Expr::Local { local } => self.locals[local.0 as usize],
            Expr::Unary { op: UnaryOp::Neg, value } => self.expr(value),
            Expr::Cast { value } => integer(function.expr(value).ty) && self.expr(value),
            Expr::Binary { op: BinaryOp::Add | BinaryOp::Sub, left, right } => self.expr(left) && self.expr(right),
            Expr::Binary { op: BinaryOp::Mul, left, right } => {
                self.expr(left) && self.expr(right) && !(depends(left) && depends(right))
            }
            Expr::Select { condition, then, otherwise } => {
                !depends(condition) && self.expr(then) && self.expr(otherwise)
            }
            _ => false,
        }
    }
}
