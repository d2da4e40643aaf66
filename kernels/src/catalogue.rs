//! All operations, and all compiled kernels, as data: for the command line, the documentation and the tests.

use std::sync::OnceLock;

use kernwerk_runtime::{Error, KernelOp, OpInfo, Result};

/// A kernel operation by name: also those that only other operations call.
#[derive(Clone, Copy)]
pub struct CompiledKernel {
    /// Its name.
    pub name: &'static str,
    /// Its IR, texts and native implementation.
    pub op: &'static KernelOp,
}

/// What a family's file lists.
pub(crate) struct Family {
    pub(crate) operations: &'static [&'static OpInfo],
    pub(crate) kernels: &'static [CompiledKernel],
}

/// Lists the operations and kernels of a file: `family! { operations: [a, b], kernels: [a, c] }`.
macro_rules! family {
    (operations: [$($operation:ident),* $(,)?], kernels: [$($kernel:ident),* $(,)?] $(,)?) => {
        pub(crate) const FAMILY: Family = Family {
            operations: &[$(&$operation::INFO),*],
            kernels: &[$(CompiledKernel { name: $kernel::IR.name, op: &$kernel::KERNEL }),*],
        };
    };
}
pub(crate) use family;

const FAMILIES: &[Family] = &[
    crate::adjust::FAMILY,
    crate::arithmetic::FAMILY,
    crate::artificial::FAMILY,
    crate::assembly::FAMILY,
    crate::background::FAMILY,
    crate::binary::FAMILY,
    crate::binary_morphology::FAMILY,
    crate::bits::FAMILY,
    crate::blocks::FAMILY,
    crate::canny::FAMILY,
    crate::clahe::FAMILY,
    crate::colocalization::FAMILY,
    crate::comparison::FAMILY,
    crate::components::FAMILY,
    crate::contour::FAMILY,
    crate::contrast::FAMILY,
    crate::convolution::FAMILY,
    crate::deconvolution::FAMILY,
    crate::denoise::FAMILY,
    crate::derivative::FAMILY,
    crate::directional::FAMILY,
    crate::distance::FAMILY,
    crate::drawing::FAMILY,
    crate::edges::FAMILY,
    crate::eigenvalues::FAMILY,
    crate::extrema::FAMILY,
    crate::filter::FAMILY,
    crate::variance::FAMILY,
    crate::fourier::FAMILY,
    crate::fourier_lines::FAMILY,
    crate::fourier_passes::FAMILY,
    crate::fourier_powers::FAMILY,
    crate::frequency::FAMILY,
    crate::gabor::FAMILY,
    crate::geometry::FAMILY,
    crate::hessian::FAMILY,
    crate::histogram::FAMILY,
    crate::isotropic::FAMILY,
    crate::keys::FAMILY,
    crate::labels::FAMILY,
    crate::layout::FAMILY,
    crate::local_range::FAMILY,
    crate::local_threshold::FAMILY,
    crate::marked::FAMILY,
    crate::mathematics::FAMILY,
    crate::measurement::FAMILY,
    crate::metrics::FAMILY,
    crate::modulo::FAMILY,
    crate::morphology::FAMILY,
    crate::nearest::FAMILY,
    crate::optical_flow::FAMILY,
    crate::peaks::FAMILY,
    crate::percentile::FAMILY,
    crate::places::FAMILY,
    crate::prefix::FAMILY,
    crate::projection::FAMILY,
    crate::reach::FAMILY,
    crate::reconstruction::FAMILY,
    crate::recursive::FAMILY,
    crate::reduction::FAMILY,
    crate::registration::FAMILY,
    crate::replacement::FAMILY,
    crate::ridge::FAMILY,
    crate::scan::FAMILY,
    crate::segmentation::FAMILY,
    crate::similarity::FAMILY,
    crate::simple::FAMILY,
    crate::skeleton::FAMILY,
    crate::slices::FAMILY,
    crate::sums_in_groups::FAMILY,
    crate::sums_of_labels::FAMILY,
    crate::template_matching::FAMILY,
    crate::tensor::FAMILY,
    crate::threshold::FAMILY,
    crate::transfer::FAMILY,
    crate::transform::FAMILY,
    crate::variational::FAMILY,
    crate::voronoi::FAMILY,
    crate::warp::FAMILY,
    crate::watershed::FAMILY,
    crate::wide_keys::FAMILY,
];

/// Every operation, sorted by family and name.
pub fn catalogue() -> &'static [&'static OpInfo] {
    static ALL: OnceLock<Vec<&'static OpInfo>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<_> = FAMILIES.iter().flat_map(|family| family.operations).copied().collect();
        all.sort_by_key(|op| (op.family, op.name));
        all
    })
}

/// Every compiled kernel, sorted by name.
pub fn kernels() -> &'static [CompiledKernel] {
    static ALL: OnceLock<Vec<CompiledKernel>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<_> = FAMILIES.iter().flat_map(|family| family.kernels).copied().collect();
        all.sort_by_key(|kernel| kernel.name);
        all
    })
}

/// The operation with that name or alias.
///
/// ```
/// assert_eq!(kernwerk_kernels::find("connected_component_labeling").unwrap().name, "connected_components");
/// let error = kernwerk_kernels::find("gausian_blur").err().unwrap();
/// assert!(error.to_string().contains("gaussian_blur"));
/// ```
///
/// # Errors
/// [`Error::UnknownOperation`] with the nearest names.
pub fn find(name: &str) -> Result<&'static OpInfo> {
    find_among(catalogue(), name)
}

/// The operation with that name or alias among these.
///
/// # Errors
/// [`Error::UnknownOperation`] with the nearest names.
pub fn find_among(all: &[&'static OpInfo], name: &str) -> Result<&'static OpInfo> {
    if let Some(op) = all.iter().find(|op| op.name == name || op.aliases.contains(&name)) {
        return Ok(op);
    }
    let mut names: Vec<&str> = all.iter().flat_map(|op| op.aliases.iter().copied().chain([op.name])).collect();
    let similarity = |candidate: &str| strsim::jaro_winkler(name, candidate);
    names.sort_by(|a, b| similarity(b).total_cmp(&similarity(a)));
    let nearest =
        names.into_iter().take(3).filter(|candidate| similarity(candidate) > 0.75).map(str::to_owned).collect();
    Err(Error::UnknownOperation { name: name.to_owned(), nearest })
}
