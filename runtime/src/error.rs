//! The one error type. Every message says what failed, where, and what to do about it.

use kernwerk_codegen::ir::DType;

/// The result of everything that can fail in Kernwerk.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter has a value that the operation cannot work with.
    #[error("{operation}: parameter `{parameter}` is {value}, but {problem}; {remedy}")]
    Parameter {
        /// The operation.
        operation: String,
        /// The parameter's name.
        parameter: String,
        /// The value as given.
        value: String,
        /// Why it is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// No parameter of that name.
    #[error("{operation}: there is no parameter `{parameter}`; {remedy}")]
    UnknownParameter {
        /// The operation.
        operation: String,
        /// The name as given.
        parameter: String,
        /// The nearest names, or the list of all.
        remedy: String,
    },
    /// The shapes of the inputs do not fit together or not the operation.
    #[error("{operation}: {problem}; {remedy}")]
    Shape {
        /// The operation.
        operation: String,
        /// What does not fit, with the shapes.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// An image has another element type than was asked for.
    #[error("{operation}: `{input}` has elements of type {found}, but {expected} is needed; {remedy}")]
    Type {
        /// The operation.
        operation: String,
        /// The input.
        input: String,
        /// What it has.
        found: DType,
        /// What is needed.
        expected: String,
        /// What to do.
        remedy: String,
    },
    /// No operation of that name.
    #[error("there is no operation `{name}`{}", nearest_names(.nearest))]
    UnknownOperation {
        /// The name as given.
        name: String,
        /// The nearest names, best first.
        nearest: Vec<String>,
    },
    /// The device or backend asked for is not there.
    #[error("no device fits {asked}: {found}; `kernwerk devices` lists what is present and what is missing")]
    NoDevice {
        /// What was asked for.
        asked: String,
        /// What is there.
        found: String,
    },
    /// The images of one expression live on different devices.
    #[error("{operation}: the inputs live on different devices ({first} and {second}); upload them to one device")]
    DeviceMismatch {
        /// The operation.
        operation: String,
        /// One device.
        first: String,
        /// The other.
        second: String,
    },
    /// Device memory is exhausted, also after the pool was freed.
    #[error(
        "{device}: out of memory: {needed} bytes are needed and {available} are available; use a smaller image, \
         another device, or the CPU (KERNWERK_BACKEND=cpu)"
    )]
    OutOfMemory {
        /// The device.
        device: String,
        /// Bytes asked for.
        needed: u64,
        /// Bytes available, 0 where the device does not say.
        available: u64,
    },
    /// A vendor's compiler refused a kernel.
    #[error("{device}: the kernel `{kernel}` does not compile; please report this with the log:\n{log}")]
    Compile {
        /// The device.
        device: String,
        /// The kernel.
        kernel: String,
        /// The compiler's log.
        log: String,
    },
    /// A call into the driver failed.
    #[error("{device}: {call} failed: {detail}")]
    Driver {
        /// The device.
        device: String,
        /// The call.
        call: String,
        /// The driver's words.
        detail: String,
    },
    /// The operation cannot do this.
    #[error("{operation}: {problem}; {remedy}")]
    Unsupported {
        /// The operation.
        operation: String,
        /// What it cannot do.
        problem: String,
        /// What to do.
        remedy: String,
    },
}

fn nearest_names(names: &[String]) -> String {
    match names {
        [] => "; `kernwerk ops` lists them all".to_owned(),
        names => format!("; did you mean {}?", names.join(", ")),
    }
}
