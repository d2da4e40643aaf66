//! Plan → text: one C-family writer over a small [`Dialect`].
//!
//! Input: an operation. Output: one text with all kernels of its plan and the support code that they use, whole and readable,
//! which compiles as it stands: what is known only at run time has a default in an `#ifndef`. Invariant: the text is a pure
//! function of the operation and the dialect.

mod chain;
mod dialect;
mod expr;
mod extremum_kernels;
mod function;
mod fused;
mod gather;
mod groups;
mod helpers;
mod image_kernels;
mod line_kernels;
mod names;
mod outputs;
mod reduction_alone;
mod reduction_kernels;
mod scan;
mod selection_kernels;
mod stencil_kernels;
mod support;
mod tally;
mod under;
mod under_march;
mod word_kernels;

pub use chain::{chain_name, chain_text, fit_together};
pub use dialect::{Cuda, Dialect, OpenCl};
pub use fused::fused_text;
pub use helpers::{Need, Piece, helper_text, helper_texts, joined, length, section, tier, utf8};

use crate::ir::{Class, Op, ParamType};
use crate::plan::{Argument, Definition, Items, Kernel, Plan, Role, SCAN_NUMBERS, definition_name, plan};
use names::Names;

/// The complete text of an operation.
pub fn text(op: &Op, dialect: &dyn Dialect) -> String {
    let mut text = String::new();
    for piece in pieces(op, dialect) {
        match piece {
            Piece::Text(piece) => text.push_str(&piece),
            Piece::Tier => text.push_str(tier(op)[0]),
            Piece::IfNeeded(need) => text.push_str(&section(op, need).concat()),
            Piece::Helpers => text.push_str(&helper_texts(op).concat()),
        }
    }
    text
}

/// The operation's own part of its text: its functions and kernels, without definitions, support code and helpers.
pub fn kernels(op: &Op, dialect: &dyn Dialect) -> String {
    Writer { op, dialect, names: Names::new(op), plan: plan(op), fused: None }.kernels()
}

/// The text of an operation in pieces. Of its helpers only the names are looked at.
pub fn pieces(op: &Op, dialect: &dyn Dialect) -> Vec<Piece> {
    let mut pieces = support::header(op, dialect, 0);
    pieces.push(Piece::Text(kernels(op, dialect)));
    pieces
}

/// What the writers of all classes share.
struct Writer<'a> {
    op: &'a Op,
    dialect: &'a dyn Dialect,
    names: Names,
    plan: Plan,
    /// The chains in its kernels, if there are any.
    fused: Option<&'a fused::Chains<'a>>,
}

impl Writer<'_> {
    fn kernels(&self) -> String {
        match self.op.class {
            Class::Pointwise => self.pointwise(),
            Class::Neighborhood | Class::Separable => self.neighborhood(),
            Class::Gather => self.gather(),
            Class::Scan => self.scan(),
            Class::Grid if crate::plan::counts(self.op) => self.tally(),
            Class::Grid if self.op.group.is_some() => self.groups(),
            Class::Grid => self.grid(),
            Class::Reduction => self.reduction(),
        }
    }

    /// The parameters of a kernel, in the order of the plan.
    fn kernel_parameters(&self, kernel: &Kernel) -> Vec<String> {
        let own = kernel.arguments.iter().flat_map(|&argument| self.kernel_argument(argument));
        own.chain(self.chain_parameters(kernel)).collect()
    }

    /// An input as what points to its elements.
    fn input_pointer(&self, input: u8) -> String {
        self.pointer(input, |storage| format!("KW_STORAGE({storage})"))
    }

    /// The same, pointing to what is made of the definition of its storage type.
    fn pointer(&self, input: u8, pointee: impl Fn(&str) -> String) -> String {
        let info = self.op.inputs[usize::from(input)];
        let global = self.dialect.global();
        let name = &self.names.inputs[usize::from(input)];
        if info.access == crate::ir::Access::Global {
            return format!("{global}volatile {} *{name}", expr::c_type(info.ty));
        }
        if info.access == crate::ir::Access::Tally {
            return format!("{global}kw_u32 *{name}");
        }
        // Of the buffers of a grid kernel only those that are read may be one and the same.
        let restrict = self.dialect.restrict();
        let constant = if info.access == crate::ir::Access::Write { "" } else { "const " };
        let storage = definition_name(self.op, Definition::Input(input));
        format!("{global}{constant}{} *{restrict}{name}", pointee(&storage))
    }

    fn argument(&self, argument: Argument) -> Vec<String> {
        let (global, restrict) = (self.dialect.global(), self.dialect.restrict());
        match argument {
            Argument::Input(input) if self.op.group.is_some() => vec![self.aligned_pointer(input)],
            Argument::Input(input) => vec![self.input_pointer(input)],
            Argument::Output(output) => {
                let storage = definition_name(self.op, Definition::Output(output));
                vec![format!("{global}KW_STORAGE({storage}) *{restrict}{}", outputs::pointer(output))]
            }
            Argument::Length(input) => {
                vec![format!("const kw_u32 {}_length", self.names.inputs[usize::from(input)])]
            }
            Argument::Geometry => vec!["const kw_geometry g".into()],
            Argument::Source(input) => vec![format!("const kw_geometry {}", gather::geometry(input))],
            Argument::Border => vec!["const float border".into()],
            Argument::Chords(window) => vec![format!("{global}const int *{restrict}window{window}_chords")],
            Argument::ChordExtent(window) => {
                vec![format!("const int window{window}_ry"), format!("const int window{window}_rz")]
            }
            Argument::LineRadius(window) => vec![format!("const int window{window}_r")],
            Argument::Weights(weights) => {
                vec![
                    format!("{global}const float *{restrict}weights{weights}"),
                    format!("const int weights{weights}_r"),
                ]
            }
            Argument::Taps(weights) => vec![format!("const kw_taps weights{weights}_taps")],
            Argument::TapsY(weights) => vec![format!("const kw_taps_y weights{weights}_taps_y")],
            Argument::TapsZ(weights) => vec![format!("const kw_taps_z weights{weights}_taps_z")],
            Argument::Chunk => vec!["const int kw_chunk".into()],
            Argument::Param(param) => self.param(param),
            Argument::Count => vec!["const float count".into()],
            Argument::StatesIn => {
                vec![format!("{global}const kw_u32 *states_in"), "const kw_u32 states_in_count".into()]
            }
            Argument::StatesOut => {
                vec![format!("{global}kw_u32 *states_out"), "const kw_u32 states_out_count".into()]
            }
            Argument::GroupSize => vec!["const kw_u32 group_size".into()],
            Argument::Labels => vec![format!("{global}const KW_STORAGE(KW_LABELS) *labels")],
            Argument::LabelItems => vec![format!("{global}const kw_u32 *items")],
            Argument::LabelStarts => vec![format!("{global}const kw_u32 *starts")],
        }
    }

    fn param(&self, param: u8) -> Vec<String> {
        let info = self.op.params[usize::from(param)];
        let name = &self.names.params[usize::from(param)];
        let ty = match info.ty {
            ParamType::F32 => "float",
            ParamType::I32 | ParamType::Bool | ParamType::Choice { .. } => "int",
            ParamType::U32 => "kw_u32",
            ParamType::Pixel => "kw_pixel",
        };
        if info.per_axis {
            return ["x", "y", "z"].map(|axis| format!("const {ty} {name}_{axis}")).to_vec();
        }
        vec![format!("const {ty} {name}")]
    }

    /// The extents that the body of a pointwise operation is given, as function parameters.
    fn extent_params(&self) -> Vec<String> {
        let read = crate::analysis::extents_read(self.op).filter(|_| image_kernels::takes_extents(self.op));
        read.map(|axis| format!("const int {}", image_kernels::extent_name(axis))).collect()
    }

    /// The parameters that the operation's functions read, as function parameters.
    fn function_params(&self) -> Vec<String> {
        let read = |&param: &u8| crate::analysis::reads_param(self.op, param);
        (0..self.op.params.len() as u8).filter(read).flat_map(|param| self.param(param)).collect()
    }

    /// What a kernel hands to its body for an argument of that name: a parameter that is specialized by its definition.
    fn specialized(&self, name: String) -> String {
        let is_it = |&param: &u8| self.names.params[usize::from(param)] == name;
        let found = crate::plan::specialized(self.op).find(is_it);
        found.map_or(name, |param| definition_name(self.op, Definition::Param(param)))
    }

    /// The same parameters as arguments of a call.
    fn call_params(&self) -> Vec<String> {
        self.function_params().iter().map(|param| last_word(param)).collect()
    }

    fn signature(&self, qualifiers: &str, name: &str, parameters: &[String]) -> String {
        let one_line = format!("{qualifiers} {name}({})", parameters.join(", "));
        if one_line.len() <= 110 {
            return one_line;
        }
        format!("{qualifiers} {name}(\n    {})", parameters.join(",\n    "))
    }

    /// A whole kernel, compiled if it is the one that is asked for; `body` are its lines.
    fn kernel_text(&self, kernel: &Kernel, body: &str) -> String {
        let text = format!("{}{body}}}\n", self.kernel_head(kernel));
        self.guarded(kernel, &text)
    }

    /// Text that is compiled if a kernel is asked for.
    fn guarded(&self, kernel: &Kernel, text: &str) -> String {
        if self.plan.kernels.len() == 1 {
            return text.to_owned();
        }
        let number = self.plan.kernels.iter().position(|other| other.role == kernel.role).map_or(0, |index| index + 1);
        format!("\n#if KW_KERNEL == 0 || KW_KERNEL == {number}{text}#endif\n")
    }

    fn kernel_head(&self, kernel: &Kernel) -> String {
        let items: usize = kernel.local.iter().product();
        let bounded = |groups: usize| self.dialect.bounded_kernel(&items.to_string(), &groups.to_string());
        // Without bounds a compiler keeps registers few, and takes in voxels one by one instead of reading several ahead.
        let qualifiers = match kernel.role {
            Role::ReduceStates => bounded(1),
            Role::Lanes => self.dialect.bounded_kernel(&items.to_string(), "KW_LANE_GROUPS"),
            Role::Volume => self.dialect.bounded_kernel("32 * KW_ROWS", "KW_VOLUME_GROUPS"),
            Role::March => self.dialect.bounded_kernel(&items.to_string(), "KW_MARCH_GROUPS"),
            _ if matches!(kernel.items, Items::Tiles(_)) => bounded(1024 / items),
            Role::Scan if self.op.state.len() + self.op.inputs.len() - 1 > SCAN_NUMBERS => bounded(512 / items),
            Role::Scan => bounded(1024 / items),
            Role::Stencil => self.dialect.bounded_kernel(&crate::plan::STENCIL_GROUP.to_string(), "4"),
            _ if kernel.items == Items::Groups => bounded((groups::TOGETHER / items).max(1)),
            Role::Extremum => self.dialect.bounded_kernel("KW_ITEMS", "KW_TOGETHER"),
            _ => self.dialect.kernel().into(),
        };
        let head = self.signature(&qualifiers, &kernel.name, &self.kernel_parameters(kernel));
        let mut summary = kernel.summary.to_owned();
        summary[..1].make_ascii_uppercase();
        format!("\n// {summary}.\n{head}\n{{\n")
    }
}

/// A template with what it leaves open filled in.
fn fill<Filling: AsRef<str>>(template: &str, fillings: &[(&str, Filling)]) -> String {
    // What is filled in may leave something open in turn, for a later filling.
    fillings.iter().fold(template.to_owned(), |text, (open, filling)| text.replace(open, filling.as_ref()))
}

/// The name that a parameter declares.
fn last_word(parameter: &str) -> String {
    parameter.rsplit([' ', '*']).next().unwrap_or(parameter).to_owned()
}
