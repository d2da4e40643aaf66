//! What a check found: which backends ran, how much was compared, what differs.

use std::fmt;

/// How a check went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The operation.
    pub operation: String,
    /// Calls that the CPU computed.
    pub calls: usize,
    /// Calls whose result was compared with the plain Rust function.
    pub referred: usize,
    /// Differences between the CPU's results and the plain function's, or calls that the CPU refuses.
    pub differences: Vec<String>,
    /// Every other device that ran.
    pub backends: Vec<BackendReport>,
    /// Backends that did not run, and why.
    pub absent: Vec<(String, String)>,
    /// Whether `KERNWERK_REQUIRE` asks for one of these.
    pub lacks_required: bool,
}

/// How a device did.
#[derive(Clone, Debug)]
pub struct BackendReport {
    /// Which: `opencl pthread-…`.
    pub label: String,
    /// Calls whose results were compared with the CPU's.
    pub compared: usize,
    /// What differs from the CPU.
    pub differences: Vec<String>,
}

/// How many differences are shown of each kind.
const SHOWN: usize = 5;

impl Report {
    /// Whether something ran, nothing differs and nothing that is required is absent.
    pub fn passed(&self) -> bool {
        let agree = self.backends.iter().all(|backend| backend.differences.is_empty());
        self.calls > 0 && self.differences.is_empty() && agree && !self.lacks_required
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, differences: &[String]| {
            differences.iter().take(SHOWN).try_for_each(|text| writeln!(f, "  {text}"))?;
            match differences.len().saturating_sub(SHOWN) {
                0 => Ok(()),
                more => writeln!(f, "  and {more} more"),
            }
        };
        let name = &self.operation;
        let against = match self.referred {
            0 => "no plain Rust function given".to_owned(),
            some => format!("{some} compared with the plain Rust function"),
        };
        writeln!(f, "{name} on cpu: {} calls, {against}, {} differences", self.calls, self.differences.len())?;
        list(f, &self.differences)?;
        for BackendReport { label, compared, differences } in &self.backends {
            writeln!(f, "{name} on {label}: {compared} calls compared with cpu, {} differences", differences.len())?;
            list(f, differences)?;
        }
        for (backend, reason) in &self.absent {
            writeln!(f, "{name} not run on {backend}: {reason}")?;
        }
        if self.lacks_required {
            writeln!(f, "KERNWERK_REQUIRE asks for a backend that is absent")?;
        }
        if self.calls == 0 {
            writeln!(f, "no call was computed")?;
        }
        Ok(())
    }
}
