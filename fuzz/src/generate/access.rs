//! What a body reads beside its arguments: neighbours, windows, samples, and elements of buffers and arrays; with offsets and indices that
//! the compiler can bound.

use kernwerk_codegen::ir::Class;

use super::expr::{Expr, level};
use super::{BufferUse, Extent, Generator, Offset, Ty};

impl Generator {
    /// The offset of a neighbour: constants, counters, offsets of windows, their sums and negations.
    pub(super) fn offset(&mut self) -> String {
        let known: Vec<(String, Offset)> = self
            .variables
            .iter()
            .enumerate()
            .filter(|(position, variable)| {
                let hidden = self.variables[position + 1..].iter().any(|later| later.name == variable.name);
                variable.offset != Offset::No && !hidden
            })
            .map(|(_, variable)| (variable.name.clone(), variable.offset))
            .collect();
        let constant = |generator: &mut Generator| {
            let far = generator.random.percent(5);
            let value = if far { generator.random.between(-70, 70) } else { generator.random.between(-3, 3) };
            value.to_string()
        };
        if self.random.percent(12) {
            // Whatever it is, its bounds can be told from the text.
            let value = self.leaf(Ty::I32);
            return match self.random.below(3) {
                0 => format!("{}.min(3).max(-2)", value.at(level::PRIMARY)),
                1 => format!("{} % 4", value.at(12)),
                _ => format!("({} & 3) - 1", value.at(10)),
            };
        }
        if known.is_empty() || self.random.percent(40) {
            return constant(self);
        }
        let (name, offset) = self.random.pick(&known).clone();
        match (offset, self.random.below(5)) {
            (_, 0) => format!("-{name}"),
            (Offset::Free, 1) => format!("{name} + {}", constant(self).replace('-', "")),
            (Offset::Free, 2) => format!("{} - {name}", constant(self)),
            _ => name,
        }
    }

    /// A voxel of the window or line, a window reduced, or an element of a buffer.
    pub(super) fn access(&mut self, ty: Ty) -> Option<Expr> {
        if let Some(expr) = self.buffer_element(ty) {
            return Some(expr);
        }
        let (name, element) = self.image.clone()?;
        if self.class == Class::Gather {
            return self.sample(&name, element, ty);
        }
        let separable = self.class == Class::Separable;
        let (low, high) = element.range();
        let choice = self.random.below(10);
        if ty == Ty::F32 && choice == 0 && !self.weights.is_empty() && element == Ty::F32 {
            let weights = self.random.pick(&self.weights.clone()).clone();
            return Some(Expr::primary(format!("{name}.weighted_sum({weights})")));
        }
        if ty == Ty::F32 && choice == 1 && !self.views.is_empty() {
            let view = self.random.pick(&self.views.clone()).clone();
            return Some(Expr::primary(format!("{}.count()", view.text)));
        }
        if ty != element {
            return None;
        }
        let text = match choice {
            0 | 1 => format!("{name}.center()"),
            2..=5 if separable => format!("{name}.at({})", self.offset()),
            2..=5 => format!("{name}.at({}, {}, {})", self.offset(), self.offset(), self.offset()),
            _ if self.views.is_empty() => format!("{name}.center()"),
            _ => {
                let view = self.random.pick(&self.views.clone()).clone();
                let reducers: &[&str] = if element == Ty::F32 {
                    &["sum", "sum", "min", "max", "median"]
                } else {
                    &["min", "max", "median"]
                };
                format!("{}.{}()", view.text, self.random.pick(reducers))
            }
        };
        Some(Expr::primary(text).ranged(low, high))
    }

    /// The source of a gather, at a voxel or between voxels.
    pub(super) fn sample(&mut self, name: &str, element: Ty, ty: Ty) -> Option<Expr> {
        if ty != element {
            return None;
        }
        let methods: &[&str] =
            if element == Ty::F32 { &["at", "nearest", "linear", "linear", "cubic"] } else { &["at", "nearest"] };
        let method = *self.random.pick(methods);
        let places: Vec<String> = (0..3)
            .map(|_| {
                if method == "at" {
                    let place = self.expr(Ty::I32, 1);
                    self.fitted(place, Ty::I32, -100_000, 100_000).text
                } else if self.random.percent(70) {
                    let place = self.leaf(Ty::I32);
                    let scale = *self.random.pick(&["0.5", "0.37", "1.0", "-1.25", "3.0"]);
                    format!("{} as f32 * {scale}", place.at(level::CAST))
                } else {
                    self.expr(Ty::F32, 1).text
                }
            })
            .collect();
        let (low, high) = element.range();
        Some(Expr::primary(format!("{name}.{method}({})", places.join(", "))).ranged(low, high))
    }

    pub(super) fn buffer_element(&mut self, ty: Ty) -> Option<Expr> {
        let readable = |use_: BufferUse| !matches!(use_, BufferUse::Shared(..));
        let fitting: Vec<_> =
            self.buffers.iter().filter(|buffer| buffer.ty == ty && readable(buffer.use_)).cloned().collect();
        if fitting.is_empty() {
            return None;
        }
        let buffer = self.random.pick(&fitting).clone();
        let (low, high) = ty.range();
        let (method, index) = match buffer.use_ {
            BufferUse::Own(factor) => ("load", self.own_index(factor)),
            BufferUse::Read(Extent::Items(factor)) => ("get", self.own_index(factor)),
            BufferUse::Read(Extent::Fixed(len)) | BufferUse::Shared(_, len) => ("get", self.any_index(len)),
        };
        Some(Expr::primary(format!("{}.{method}({index})", buffer.name)).ranged(low, high))
    }

    /// The index of an element that belongs to the item.
    pub(super) fn own_index(&mut self, factor: usize) -> String {
        let at = self.sources.iter().find_map(|source| source.text.strip_suffix(".index()")).unwrap_or("at").to_owned();
        let base = if self.random.percent(30) {
            format!(
                "((({at}.n() * {at}.extent_z() + {at}.z()) * {at}.extent_y() + {at}.y()) * {at}.extent_x() + {at}.x())"
            )
        } else {
            format!("{at}.index()")
        };
        if factor == 1 {
            return base;
        }
        match self.random.below(3) {
            0 => format!("{base} * {factor}"),
            1 => format!("{base} * {factor}usize + {}", self.random.below(factor)),
            _ => {
                let value = self.expr(Ty::Usize, 1);
                let part = self.fitted(value, Ty::Usize, 0, factor as i128 - 1);
                format!("{base} * {factor} + {}", part.at(12))
            }
        }
    }

    /// The index of an element of a local array, below its length by what the text says.
    pub(super) fn element_index(&mut self, length: usize) -> String {
        let counters: Vec<String> = self
            .variables
            .iter()
            .filter(|variable| variable.ty == Ty::Usize && !variable.mutable)
            .map(|variable| variable.name.clone())
            .collect();
        match self.random.below(4) {
            0 if !counters.is_empty() => format!("{} % {length}", self.random.pick(&counters)),
            1 => {
                let value = self.literal(Ty::U32);
                format!("({} % {length}) as usize", value.text)
            }
            _ => self.random.below(length).to_string(),
        }
    }

    /// An index below a bound.
    pub(super) fn any_index(&mut self, len: usize) -> String {
        let value = self.expr(Ty::Usize, 2);
        self.fitted(value, Ty::Usize, 0, len as i128 - 1).text
    }
}
