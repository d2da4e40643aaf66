//! Passes of a separable operation that reduces its line to one value: each voxel is read once for several results.
//!
//! Floors of a pass, in copies of an f32 image on one NVIDIA H200 (4.3 TB/s; 62 multiply-adds or 31 comparisons per voxel and copy): 1 for
//! the bytes; (2r + 1) / 62 for a weighted sum of radius r. A work-item that computes n consecutive results along its line reads
//! (n + 2r) / n voxels for each, from the cache but for the first time, instead of 2r + 1 with an index and a boundary test each.
//!
//! All three passes at once have a floor of 1 copy where passes one after the other have 2 (x and y at once, then z). A group of 32 × 4
//! work-items (32 × 3 for minimum and maximum) owns 128 × 16 columns and goes through the planes; a work-item has 4 × 4 results. Of a plane the
//! 16 + 2r rows that the tile needs are read, each by one row of work-items, and lie in shared memory; passed along x they lie there again, and
//! every work-item takes in the 4 + 2r that its results need; along z results wait in registers. With h = (16 + 2r) / 16 that is, for each
//! voxel:
//!
//! | radius | reads, h (128 + 2r) / 128 | multiply-adds, (2r + 1) (h + 2) | words of shared memory, 5h + 1 + r / 2 | registers, 16 (2r + 2) + 90 |
//! |---|---|---|---|---|
//! | 1 | 1.1 | 9 | 7.1 | 154 |
//! | 2 | 1.3 | 16 | 8.3 | 186 |
//! | 3 | 1.4 | 24 | 9.4 | 218 |
//! | 4 | 1.6 | 32 | 10.5 | 250 |
//!
//! where a copy lasts for 62 multiply-adds, 31 comparisons or 15 words (what is read twice comes from the cache). Comparisons are fewer than
//! multiply-adds: four neighbours share what all of their windows have, so the first two passes need (2r + 7) / 4 each instead of 2r + 1.
//! The next plane is on its way while one is worked on; registers leave room for 8 to 16 rows of work-items, so nothing may wait for memory.
//!
//! Minimum and maximum of voxels of one or two bytes are compared two lanes of 16 bits at a time, and go without shared memory: a
//! work-item takes 16 or 8 voxels along x of two or four rows through the planes, reads the rows around its own once more from the cache, and its
//! neighbours' words with them. Of bytes with radius 1 that is, for each voxel, 2 bytes read from the cache, 3.3 comparisons of two lanes and 10
//! instructions in all, where a copy lasts for 14; 1.25 copies were measured, and 1.5 for radius 2.
//!
//! Invariant: every result is reduced over its taps in ascending order, as the definition says; what the results share is loads, and
//! for minimum and maximum, which are exact in any order, also the part of the window that all of them have.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::ir::{Access, Class, Expr, Op, Reducer, Shape, Stmt, Type};

/// Voxels of a row that 32 work-items compute together.
pub const ROW_TILE: usize = 128;

/// What an operation makes of its line before its body goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineReduction {
    /// How the line is reduced: sum, weighted sum, minimum or maximum.
    pub reducer: Reducer,
    /// The number of the window, or of the weights.
    pub window: u8,
    /// The type of the reduced value.
    pub ty: Type,
    /// The input whose line it is.
    pub input: u8,
}

impl LineReduction {
    /// Whether the order of taps cannot be seen in the result.
    pub fn is_extremum(self) -> bool {
        matches!(self.reducer, Reducer::Min | Reducer::Max)
    }
}

/// The reduction of an operation whose body looks at its line in no other way; the number of taps may be asked for, too.
pub fn line_reduction(op: &Op) -> Option<LineReduction> {
    let [body] = op.functions else { return None };
    let looped = body.stmts.iter().any(|stmt| matches!(stmt, Stmt::ForWindow { .. }));
    let several = op.inputs.len() != 1 || op.outputs.len() != 1 || op.inputs[0].access != Access::Line;
    if op.class != Class::Separable || looped || several {
        return None;
    }
    let (mut found, mut counted) = (None, None);
    for typed in body.exprs {
        match typed.expr {
            Expr::Reduce { window, reducer: Reducer::Count } => counted = Some(window),
            Expr::Reduce { window, reducer } => {
                let input = match reducer {
                    Reducer::WeightedSum => op.weights[usize::from(window)].input,
                    _ => op.windows[usize::from(window)].input,
                };
                let one = LineReduction { reducer, window, ty: typed.ty, input };
                if found.is_some_and(|other| other != one) {
                    return None;
                }
                found = Some(one);
            }
            Expr::Neighbor { .. }
            | Expr::Voxel { .. }
            | Expr::Inside { .. }
            | Expr::Coordinate { .. }
            | Expr::Extent { .. }
            | Expr::BatchIndex => return None,
            _ => {}
        }
    }
    let found: LineReduction = found?;
    let fits = match found.reducer {
        Reducer::Median | Reducer::Percentile { .. } | Reducer::Mode | Reducer::Count => false,
        Reducer::WeightedSum => counted.is_none() && op.windows.is_empty(),
        Reducer::Sum => found.ty == Type::F32 && counted.is_none_or(|counted| counted == found.window),
        Reducer::Min | Reducer::Max => {
            matches!(found.ty, Type::F32 | Type::I32 | Type::U32 | Type::Pixel) && counted.is_none()
        }
    };
    let lines = op.windows.iter().all(|window| window.shape == Shape::Line) && op.windows.len() + op.weights.len() == 1;
    (fits && lines).then_some(found)
}

/// Whether the body returns the reduced value as it is, so that passes hand on what they have compared.
pub fn hands_on(op: &Op) -> bool {
    let [function] = op.functions else { return false };
    let [Stmt::Return { values }] = function.stmts else { return false };
    matches!(values.of(function), [result] if matches!(function.expr(*result).expr, Expr::Reduce { .. }))
}

/// Whether the operation takes the smallest or largest voxel, so that small ones can be compared several at a time in a word.
fn packs(op: &Op, line: LineReduction) -> bool {
    line.is_extremum() && line.ty == Type::Pixel && hands_on(op)
}

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    let Some(line) = line_reduction(op) else { return Vec::new() };
    let arguments = || -> Vec<Argument> {
        let windows = (0..op.windows.len() as u8).map(Argument::LineRadius);
        let weights = (0..op.weights.len() as u8).map(Argument::Weights);
        let ends = [Argument::Geometry, Argument::Border];
        inputs(op).chain(outputs(op)).chain(ends).chain(windows).chain(weights).chain(params(op)).collect()
    };
    // Where the radius is a definition, weights come by value.
    let with_taps = || [arguments(), (0..op.weights.len() as u8).map(Argument::Taps).collect()].concat();
    // Radii are definitions of these three; weights come by value.
    let marching = |axes: usize| -> Vec<Argument> {
        let taps = (0..op.weights.len() as u8).flat_map(|entry| {
            [Argument::Taps(entry), Argument::TapsY(entry), Argument::TapsZ(entry)].into_iter().take(axes)
        });
        let ends = [Argument::Geometry, Argument::Border, Argument::Chunk];
        inputs(op).chain(outputs(op)).chain(ends).chain(taps).chain(params(op)).collect()
    };
    let mut kernels = vec![
        Kernel {
            name: format!("{}_volume", op.name),
            role: Role::Volume,
            summary: "all three passes at once: four by four columns per work-item, results along z in registers until they are whole",
            arguments: marching(3),
            items: Items::Volume,
            local: [32, 4, 1],
        },
        Kernel {
            name: format!("{}_planes", op.name),
            role: Role::Planes,
            summary: "the passes along x and y at once: a row at a time through shared memory, columns in registers",
            arguments: marching(2),
            items: Items::Planes,
            local: [32, 1, 1],
        },
        Kernel {
            name: format!("{}_march", op.name),
            role: Role::March,
            summary: "a pass along y or z (KW_AXIS): KW_STRIP columns per work-item, each voxel read once, results in registers until they are whole",
            arguments: marching(1),
            items: Items::March,
            local: [128, 1, 1],
        },
        Kernel {
            name: format!("{}_rows", op.name),
            role: Role::Rows,
            summary: "a pass along x: rows staged in shared memory, four results per work-item",
            arguments: with_taps(),
            items: Items::RowTiles,
            local: [32, 8, 1],
        },
        Kernel {
            name: format!("{}_columns", op.name),
            role: Role::Columns,
            summary: "a pass along y or z (KW_AXIS): KW_STRIP results per work-item, each voxel read once for all of them",
            arguments: with_taps(),
            items: Items::Columns,
            local: [32, 8, 1],
        },
    ];
    if packs(op, line) {
        kernels.push(Kernel {
            name: format!("{}_lanes", op.name),
            role: Role::Lanes,
            summary: "all three passes at once on words of two or four voxels: four words by KW_STRIP rows per work-item, which goes through the planes",
            arguments: marching(3),
            items: Items::Lanes,
            local: [32, 4, 1],
        });
        kernels.push(Kernel {
            name: format!("{}_words", op.name),
            role: Role::Words,
            summary: "a pass along y or z (KW_AXIS) on words of two or four voxels: KW_STRIP words per work-item, each read once for all of them",
            arguments: arguments(),
            items: Items::Words,
            local: [32, 8, 1],
        });
        kernels.push(Kernel {
            name: format!("{}_word_rows", op.name),
            role: Role::WordRows,
            summary: "a pass along x on words of two or four voxels: four words per work-item, windows made of runs of twice as many voxels each",
            arguments: arguments(),
            items: Items::WordRows,
            local: [32, 8, 1],
        });
    }
    kernels
}
