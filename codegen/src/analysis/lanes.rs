//! Along which axis of its result the neighbouring work-items of a gather operation should lie, so that what they read together lies
//! together in memory.
//!
//! Input: an operation of class gather. Output: [`Lanes`], from the coordinates that each sampled place depends on. Invariant: a plan may
//! follow this or not; every voxel of the result is computed by itself, so nothing but time depends on it.

use crate::ir::{Axis, Block, Expr, ExprId, Function, Op, Sampling, Stmt};

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
