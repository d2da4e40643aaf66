"""Whether a peer's result means the same as ours: before anything is timed, on small images.

`compare(case, ours, theirs, inputs)` returns (whether they agree, what was compared). Bits are not expected to be the same: libraries sum in
other orders. Where conventions differ the comparison says how.
"""
import numpy as np

# Largest difference over the largest value, by case; 0 where the result is chosen, not computed.
TOLERANCES = {
    "pointwise_chain_f32": 1e-6, "convert_u16_f32_scale": 1e-6, "gauss": 2e-5, "gauss_s2_u16_f32out": 1e-5, "dog": 5e-5, "mean": 2e-5,
    "variance": 2e-4, "sobel": 1e-4, "laplace": 1e-4, "proj_std": 1e-4, "cumsum": 1e-4, "edt": 1e-5, "block_mean": 1e-5, "zoom": 1e-4, "correlate": 2e-5,
    "fftconv": 2e-5, "rl_deconv": 1e-3,
}


def tolerance(case):
    fitting = [prefix for prefix in TOLERANCES if case.startswith(prefix)]
    return TOLERANCES[max(fitting, key=len)] if fitting else 0.0


def scalars(_, ours, theirs, __):
    # A number each, or one table of one row.
    ours = [column[0] for column in ours[0].values()] if isinstance(ours[0], dict) else ours
    ours = np.array([float(value) for value in ours])
    theirs = np.array([float(value) for value in (theirs if isinstance(theirs, tuple) else (theirs,))])
    error = float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(ours), 1e-6)))
    return error < 1e-4, f"relative error {error:.1e}"


def counts(_, ours, theirs, __):
    ours, theirs = np.asarray(ours[0]).ravel().astype(int), np.asarray(theirs).ravel().astype(int)[:256]
    if len(ours) != len(theirs):
        return False, f"{len(ours)} bins and {len(theirs)}"
    moved = int(np.abs(np.cumsum(ours) - np.cumsum(theirs)).max())
    return ours.sum() == theirs.sum() and moved < 0.01 * ours.sum(), f"{int((ours != theirs).sum())} bins differ"


def partition(_, ours, theirs, __):
    ours, theirs = ours[0].astype(np.int64), np.asarray(theirs).astype(np.int64)
    inside = ours > 0
    pairs = np.unique(ours[inside] * (theirs.max() + 1) + theirs[inside]).size
    agree = np.array_equal(inside, theirs > 0) and ours.max() == theirs.max() == pairs
    return bool(agree), f"{ours.max()} labels and {theirs.max()}"


def nearest(_, ours, theirs, inputs):
    """Whether every voxel has a label of one of its nearest seeds; which of several is each library's choice."""
    from scipy import ndimage as ndi

    seeds, theirs = inputs["seeds"] != 0, np.asarray(theirs).astype(np.int64)
    smallest = ndi.distance_transform_edt(~seeds)
    wrong = 0
    for label in np.unique(theirs[seeds]):
        voxels = np.argwhere(theirs == label)
        distances = np.full(len(voxels), np.inf)
        for seed in np.argwhere(seeds & (theirs == label)):
            distances = np.minimum(distances, np.sqrt(((voxels - seed) ** 2).sum(1)))
        wrong += int((distances - smallest[tuple(voxels.T)] > 1e-3).sum())
    share = wrong / theirs.size
    return share < 1e-6, f"{share:.1%} of the voxels not given to a nearest seed"


def mostly(allowed):
    def run(_, ours, theirs, __):
        ours, theirs = ours[0], np.asarray(theirs)
        if theirs.ndim == 2 and theirs.shape[1] == ours.ndim and theirs.shape != ours.shape:  # coordinates of what is set
            mask = np.zeros(ours.shape, bool)
            mask[tuple(theirs.T)] = True
            theirs = mask
        share = float(np.mean((ours != 0) != (theirs != 0)))
        return share <= allowed, f"{share:.2%} of the voxels differ"

    return run


def chosen(allowed):
    def run(_, ours, theirs, __):
        share = float(np.mean(ours[0].ravel() != np.asarray(theirs).ravel()))
        return share <= allowed, f"{share:.2%} of the voxels differ"

    return run


def centre_only(_, ours, theirs, __):
    """Away from the border, in the mean: libraries disagree on what lies half outside, and texture units have 8-bit weights."""
    inner = tuple(slice(extent // 4, extent - extent // 4) for extent in ours[0].shape)
    error = float(np.mean(np.abs(ours[0][inner] - np.asarray(theirs).reshape(ours[0].shape)[inner])))
    return error < 0.003, f"mean difference in the centre {error:.1e}"


def statistics(_, ours, theirs, __):
    table = ours[0]
    columns = {name: np.asarray(values, float) for name, values in table.items()} if isinstance(table, dict) else {}
    areas = next((columns[name] for name in columns if "area" in name), None)
    theirs_areas = next((np.asarray(theirs[name], float) for name in ("area", "pixel_count", "count") if name in theirs), None)
    if areas is None or theirs_areas is None:
        return True, "not compared: no areas"
    theirs_areas = theirs_areas[theirs_areas > 0]
    agree = len(areas) == len(theirs_areas) and np.array_equal(areas, theirs_areas)
    return bool(agree), f"{len(areas)} labels and {len(theirs_areas)}"


def values(case, ours, theirs, _):
    ours, theirs = ours[0].astype(np.float64), np.asarray(theirs).astype(np.float64)
    if ours.shape != theirs.shape:
        if ours.size != theirs.size:
            return False, f"shape {ours.shape} and {theirs.shape}"
        theirs = theirs.reshape(ours.shape)
    if case.startswith(("sobel", "laplace")):
        # Sign and scale are conventions.
        theirs = theirs * float((ours * theirs).sum() / max((theirs * theirs).sum(), 1e-30))
    error = float(np.abs(ours - theirs).max() / max(1.0, np.abs(ours).max()))
    return error <= tolerance(case), f"largest difference {error:.1e}"


KINDS = {
    "sum_f32": scalars, "minmax_f32": scalars, "meanstd_f32": scalars, "hist256_f32": counts, "hist256_u8": counts, "ccl_full_u8": partition,
    "voronoi_labels_u8seeds": nearest, "otsu_mask_f32": mostly(0.02), "local_maxima_3_f32": mostly(0.02), "erode_box_r1_u8": mostly(0.0),
    "proj_argmax_axis0_f32": chosen(0.001), "expand_labels_d10": chosen(0.1), "mode_box_r1_u8": chosen(0.1),
    "affine_rot_linear_f32": centre_only, "label_stats": statistics,
}


def compare(case, ours, theirs, inputs):
    return KINDS.get(case, values)(case, ours, theirs, inputs)
