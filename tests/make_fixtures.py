#!/usr/bin/env python3
"""Reference values (meaning) of Kernwerk's operations, taken from SciPy, scikit-image and NumPy.

    python3 tests/make_fixtures.py            write tests/fixtures/{inputs,expected}/*.npy and cases.json
    python3 tests/make_fixtures.py --check    compute everything again and compare with what is in the folder

Deterministic: random numbers come from numpy.random.RandomState (a frozen stream). The two real images are cut from
nuclei_3d.tif ($KERNWERK_DATA/images, by default ../../shared/data/images); where that file is absent, the crops that
already lie in fixtures/inputs are used. Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-image 0.26.0.

The operations themselves stand in fixtures/reference.py; the format of cases.json is described in fixtures/README.md. Every
fixtures/cases_NAME.py adds the cases of some families by a function `cases(make)`, where `make` has what is defined here.
"""
import argparse, importlib, itertools, json, os, sys
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from scipy import ndimage as ndi
from skimage import segmentation

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "fixtures"))
from reference import (F32, F64, components, detect_maxima, gauss32, gauss64, laplace, mean_filter, mode_filter, nearest_labels, otsu,  # noqa: E402
                       percentile_filter, rank_filter, same, sequential, sobel, statistics, tophat, variance_filter)

OUT = HERE / "fixtures"
DATA = Path(os.environ.get("KERNWERK_DATA", HERE.parents[1] / "shared" / "data"))
FILES, CASES = {}, []                                  # path -> array; list of case dicts
IN = {}                                                # input name -> array


# ---------------------------------------------------------------- index of cases
def add_input(name, array):
    assert name not in IN
    IN[name] = FILES[f"inputs/{name}.npy"] = np.ascontiguousarray(array)


def case(cid, inputs, params, boundary, expected, tol, provenance, compare="values", undefined=False, **extra):
    """tol: 0 exact, or (abs, rel), or (abs, rel, fraction of voxels that may differ). NaN and infinities only where they are meant: `undefined`."""
    inputs = [inputs] if isinstance(inputs, str) else list(inputs)
    mode, cval = boundary if isinstance(boundary, tuple) else (boundary, None)
    tol = (0, 0) if tol == 0 else tol
    tolerance = {"abs": float(tol[0]), "rel": float(tol[1])}
    if len(tol) == 3:
        tolerance["fraction"] = float(tol[2])
    if isinstance(expected, np.ndarray):
        path = own_file(cid)
        assert path not in FILES and np.isfinite(expected).all() != undefined, cid
        path = next((p for p, a in FILES.items() if p.startswith("exp") and a.dtype == expected.dtype and np.array_equal(a, expected, equal_nan=undefined)), path)
        FILES.setdefault(path, np.ascontiguousarray(expected))         # equal results share one file
        assert expected.dtype in TYPES, cid
        expected = {"kind": "array", "file": path}
    elif isinstance(expected, dict):
        expected = {"kind": "table", **expected, "rows": [[plain(v) for v in row] for row in expected["rows"]]}
    else:
        expected = {"kind": "scalar", "value": plain(expected)}
    entry = {"id": cid, "operation": cid.split("/")[0], "inputs": [f"inputs/{i}.npy" for i in inputs], "params": params,
             "boundary": mode, "boundary_value": None if cval is None else float(cval), "compare": compare, "expected": expected, "tolerance": tolerance,
             "provenance": provenance, **extra}
    assert all(c["id"] != cid for c in CASES), cid
    CASES.append(entry)


def own_file(cid):
    return "expected/" + cid.replace("/", "__") + ".npy"


def compact(entry):
    """What the index says of a case: nothing that is usual, or follows from the id."""
    usual = {"boundary_value": None, "compare": "values", "tolerance": {"abs": 0.0, "rel": 0.0}}
    entry = {k: v for k, v in entry.items() if k not in usual or v != usual[k]}
    if entry["expected"].get("file") == own_file(entry["id"]):
        entry["expected"] = {"kind": "array"}
    return entry


def plain(value):
    """A number as JSON has it: NaN and infinities as text."""
    return value if np.isfinite(value) else str(value)


TYPES = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, F32)


def bname(boundary):
    return f"constant_{boundary[1]:g}" if isinstance(boundary, tuple) else boundary


def num(v):
    """How a scalar or per-axis value reads in a case id."""
    return "_".join(f"{x:g}" for x in v) if isinstance(v, (list, tuple)) else f"{v:g}"


# ---------------------------------------------------------------- inputs
def field(rng, shape, lo, hi, noise):
    """Smooth waves (rounded to 2^-10, so that no platform's sin matters) plus uniform noise."""
    g = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    s = sum(np.sin((0.9 + 0.13 * a) * x + a) + np.cos(0.37 * x * (a + 1)) for a, x in enumerate(g))
    s = np.round((s - s.min()) / np.ptp(s) * 1024) / 1024
    return lo + (hi - lo) * ((1 - noise) * s + noise * rng.random_sample(shape))


def blob_labels(shape, seed, reach, ids):
    """Label image with gaps: voxels within `reach` of random centres; one label lies in two pieces."""
    rng = np.random.RandomState(seed)
    out, free = np.zeros(shape, np.uint32), None
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    for i in ids + ids[:1]:
        c = [rng.randint(0, n) for n in shape]
        out[(((grid - c) ** 2).sum(-1) <= reach) & (out == 0)] = i
    return out


def make_inputs():
    r = np.random.RandomState
    add_input("f32_3d", field(r(1), (7, 11, 13), -40, 100, 0.4).astype(F32))
    add_input("f32_3d_b", field(r(2), (7, 11, 13), 0.5, 9, 0.6).astype(F32))                 # positive, never 0
    f, q = IN["f32_3d"], r(3).random_sample((7, 11, 13))
    add_input("f32_3d_c", np.where(q < 0.4, f, f + (q.astype(F32) - F32(0.7)) * 20).astype(F32))   # equals f32_3d in places
    add_input("f32_2d", field(r(4), (19, 23), -5, 5, 0.3).astype(F32))
    add_input("f32_3d_1wide", field(r(5), (5, 1, 13), 0, 50, 0.5).astype(F32))
    add_input("f32_2d_row", field(r(6), (1, 17), 0, 50, 0.5).astype(F32))
    add_input("f32_3d_dyadic", r(7).randint(-64, 65, (5, 7, 11)).astype(F32) / F32(16))      # -4..4 in steps of 1/16
    add_input("u8_3d", np.rint(field(r(8), (9, 16, 17), 0, 255, 0.35)).astype(np.uint8))
    add_input("u8_3d_b", r(9).randint(0, 256, (9, 16, 17)).astype(np.uint8))
    add_input("u16_3d", np.rint(field(r(10), (9, 16, 17), 0, 65535, 0.3)).astype(np.uint16))
    i16 = np.rint(field(r(11), (5, 9, 11), -2047, 2047, 0.5)).astype(np.int16)
    i16[0, 0, :3], i16[4, 8, 10] = (-32768, 32767, 0), -1
    add_input("i16_3d", i16)
    u = field(r(12), (29, 31), 0, 1, 0.15)
    add_input("u8_2d", np.rint(np.where(u > 0.55, 150 + 90 * u, 10 + 90 * u)).astype(np.uint8))    # two populations
    add_input("u8_2d_constant", np.full((6, 7), 42, np.uint8))
    tif = DATA / "images" / "nuclei_3d.tif"
    if tif.exists():
        import tifffile
        stack = tifffile.imread(tif)
        add_input("nuclei_u16_crop", stack[28:40, 60:100, 60:108])
        add_input("nuclei_u16_strided", stack[16:56:4, 0:192:4, 0:208:4])
    else:
        for name in ("nuclei_u16_crop", "nuclei_u16_strided"):
            add_input(name, np.load(OUT / "inputs" / f"{name}.npy"))
    add_input("nuclei_u16_2d", IN["nuclei_u16_strided"][5])
    # masks
    m3, m2 = np.zeros((11, 13, 17), np.uint8), np.zeros((23, 29), np.uint8)
    g = np.stack(np.meshgrid(*[np.arange(n) for n in m3.shape], indexing="ij"), -1)
    for c, d in (((4, 4, 4), 12), ((6, 8, 12), 17), ((0, 12, 0), 14), ((9, 2, 14), 6)):
        m3[((g - c) ** 2).sum(-1) <= d] = 1
    m3[r(20).random_sample(m3.shape) < 0.03] ^= 1
    m2[4:15, 5:18], m2[0:6, 22:29], m2[18:23, 0:9] = 1, 1, 1
    m2[r(21).random_sample(m2.shape) < 0.05] ^= 1
    add_input("mask_3d", m3), add_input("mask_2d", m2)
    add_input("mask_3d_b", (r(22).random_sample(m3.shape) < 0.5).astype(np.uint8))
    add_input("mask_2d_255", m2 * 255)
    spiral = np.zeros((37, 41), np.uint8)              # one arm of width 1, gaps of width 1
    y, x, dy, dx = 0, 0, 0, 1
    while True:
        spiral[y, x] = 1
        ny, nx, fy, fx = y + dy, x + dx, y + 2 * dy, x + 2 * dx
        ok = 0 <= ny < 37 and 0 <= nx < 41 and not (0 <= fy < 37 and 0 <= fx < 41 and spiral[fy, fx])
        if not ok:
            dy, dx = dx, -dy
            if not (0 <= y + 2 * dy < 37 and 0 <= x + 2 * dx < 41) or spiral[y + 2 * dy, x + 2 * dx] or spiral[y + dy, x + dx]:
                break
            continue
        y, x = ny, nx
    add_input("cc_spiral_2d", spiral)
    comb = np.zeros((17, 31), np.uint8)                # teeth joined by the last row only; every fourth tooth is cut off
    comb[:, ::2], comb[-1] = 1, 1
    comb[-3, ::8] = 0
    add_input("cc_comb_2d", comb)
    snake = np.zeros((7, 9, 11), np.uint8)             # boustrophedon through planes, rows and columns
    for z in range(0, 7, 2):
        for yy in range(0, 9, 2):
            snake[z, yy] = 1
            if yy < 8:
                snake[z, yy + 1, -1 if (yy // 2 + z // 2) % 2 == 0 else 0] = 1
        if z < 6:
            end_y = 8 if (z // 2) % 2 == 0 else 0
            snake[z + 1, end_y, 10 if end_y == 8 else 0] = 1
    add_input("cc_snake_3d", snake)
    add_input("cc_checkerboard_3d", (np.indices((5, 7, 9)).sum(0) % 2 == 0).astype(np.uint8))
    add_input("cc_checkerboard_2d", (np.indices((9, 11)).sum(0) % 2 == 1).astype(np.uint8))
    add_input("cc_percolation6_3d", (r(23).random_sample((13, 17, 19)) < 0.3116).astype(np.uint8))    # site thresholds
    add_input("cc_percolation26_3d", (r(24).random_sample((13, 17, 19)) < 0.0976).astype(np.uint8))
    add_input("cc_percolation4_2d", (r(25).random_sample((61, 67)) < 0.5927).astype(np.uint8))
    add_input("cc_empty_3d", np.zeros((3, 5, 7), np.uint8)), add_input("cc_full_3d", np.ones((3, 5, 7), np.uint8))
    # labels and seeds
    add_input("labels_gaps_3d", blob_labels((9, 16, 17), 30, 5, [3, 4, 9, 10, 17, 23, 31, 40, 41, 55, 70, 99]))
    add_input("labels_gaps_2d", blob_labels((29, 31), 31, 7, [2, 5, 6, 11, 12, 30, 44, 58, 60, 300]))
    add_input("labels_consecutive_3d", sequential(IN["labels_gaps_3d"]))
    s3, s2 = np.zeros((9, 16, 17), np.uint8), np.zeros((29, 31), np.uint8)
    s3[r(32).random_sample(s3.shape) < 0.008] = 1
    s3[2, 3, 4:7] = s3[5, 9:11, 9] = 1
    s2[4, 4] = s2[4, 14] = s2[14, 4] = s2[14, 14] = s2[24, 9] = s2[9, 25] = s2[20, 25] = 1          # many exact ties
    add_input("seeds_3d", s3), add_input("seeds_2d", s2)
    v3 = field(r(33), s3.shape, 0, 1, 0.1) > 0.35
    add_input("voronoi_mask_3d", (v3 | (s3 > 0)).astype(np.uint8))
    v2 = np.ones(s2.shape, np.uint8)
    v2[:, 9], v2[20:, :5], v2[20, 25] = 0, 0, 0        # a cut (the distance is not geodesic), and a seed outside the mask
    add_input("voronoi_mask_2d", v2)


# ---------------------------------------------------------------- cases
def ftol(img, rel=1e-5):
    """Tolerance of float results: `rel` of the range of the input."""
    return (float(f"{rel * float(np.ptp(img.astype(F64))):.3e}"), 1e-6)


def cases_filters():
    def all_modes(c):
        return ["nearest", "reflect", "mirror", "wrap", ("constant", c)]

    def gaussian(name, sigma, b="nearest", truncate=4.0):
        t = "" if truncate == 4.0 else f"_truncate_{num(truncate)}"
        case(f"gaussian_blur/{name}/{bname(b)}/sigma_{num(sigma)}{t}", name, {"sigma": sigma, "truncate": truncate}, b,
             gauss64(IN[name], sigma, b, truncate).astype(F32), ftol(IN[name]) if sigma != 0.0 else 0,
             "scipy.ndimage.gaussian_filter(float64(image), sigma, mode=boundary, cval=v, truncate=truncate) -> f32")
    for b in all_modes(10.5):
        gaussian("f32_3d", 2.0, b), gaussian("f32_3d", 5.0, b)
    for s in ([0.5, 1.0, 3.0], [0.0, 1.5, 0.0], [2.0, 0.0, 0.7], 0.625, 0.0):
        gaussian("f32_3d", s)                          # 0.625: 4*sigma + 0.5 is exactly 3
    gaussian("f32_3d", 1.5, truncate=2.0), gaussian("f32_3d", 1.5, "mirror", truncate=6.0)
    gaussian("u8_3d", 1.0), gaussian("u16_3d", [1.0, 2.0, 2.0]), gaussian("i16_3d", 1.0, "reflect")
    gaussian("f32_3d_1wide", 1.0), gaussian("f32_3d_1wide", 1.0, ("constant", 10.5)), gaussian("f32_2d_row", 2.0, "wrap")
    gaussian("f32_2d", 1.5), gaussian("f32_2d", 1.5, "mirror")
    gaussian("nuclei_u16_2d", 3.0)

    def recursive(name, sigma, b="nearest"):
        case(f"gaussian_blur_recursive/{name}/{bname(b)}/sigma_{num(sigma)}", name, {"sigma": sigma}, b,
             gauss64(IN[name], sigma, b, 12.0).astype(F32), ftol(IN[name], 1.5e-5) if sigma != 0.0 else 0,
             "scipy.ndimage.gaussian_filter(float64(image), sigma, mode=boundary, cval=v, truncate=12) -> f32")
    for b in ("nearest", ("constant", 10.5)):
        recursive("f32_3d", 2.0, b), recursive("f32_3d", [0.5, 1.0, 30.0], b), recursive("f32_3d_1wide", 1.0, b)
    recursive("f32_3d", [0.0, 1.5, 0.0]), recursive("f32_3d", 0.0), recursive("u8_3d", 1.0), recursive("u16_3d", [1.0, 7.0, 0.3])
    recursive("i16_3d", 3.0, ("constant", -20.0)), recursive("f32_2d", 20.0), recursive("f32_2d_row", 2.0), recursive("nuclei_u16_2d", 5.0)

    def ranked(op, name, radius, shape="box", b="nearest"):
        n = f"{op}_filter"
        call = f"scipy.ndimage.{n}(image, " + ("size=2*radius+1" if shape == "box" else "footprint=ellipsoid(radius)")
        params = {"radius": radius} if op == "median" else {"radius": radius, "shape": shape}
        case(f"{n}/{name}/{bname(b)}/{shape}_{num(radius)}", name, params, b, rank_filter(IN[name], op, radius, shape, b), 0,
             call + ", mode=boundary, cval=v)")
    for op in ("minimum", "maximum"):
        for b in all_modes(10.5) if op == "maximum" else ("nearest", ("constant", 10.5)):
            ranked(op, "f32_3d", [1, 2, 3], "box", b)
        ranked(op, "f32_3d", 8, "box", "reflect" if op == "minimum" else "wrap"), ranked(op, "f32_3d", 3, "sphere")
        ranked(op, "u8_3d", 2, "sphere", ("constant", 100)), ranked(op, "u16_3d", [1, 1, 2])
        ranked(op, "i16_3d", [1, 2, 3], "sphere", "mirror"), ranked(op, "f32_2d", 5, "sphere", "wrap")
        ranked(op, "u8_2d", [0, 2, 0], "sphere"), ranked(op, "f32_3d_1wide", 2, "sphere", ("constant", 10.5))
    for b in all_modes(10.5):
        ranked("median", "f32_3d", 1, "box", b)
    ranked("median", "f32_3d", [0, 2, 3]), ranked("median", "u8_3d", 1), ranked("median", "i16_3d", [2, 1, 1], "box", "mirror")
    ranked("median", "u16_3d", 1, "box", "reflect"), ranked("median", "u8_2d", 3), ranked("median", "f32_3d_1wide", 1)

    def percentile(name, value, radius, shape="box", b="nearest"):
        case(f"percentile_filter/{name}/{bname(b)}/{num(value)}_{shape}_{num(radius)}", name,
             {"radius": radius, "percentile": value, "shape": shape}, b,
             percentile_filter(IN[name], value, radius, shape, b), 0,
             "scipy.ndimage.percentile_filter(image, percentile, footprint=footprint(radius), mode=boundary, cval=v)")
    for value, b in zip((0.0, 20.0, 50.0, 75.0, 100.0), all_modes(10.5)):
        percentile("f32_3d", value, 1, "box", b)
    percentile("u8_3d", 90.0, [1, 2, 1]), percentile("i16_3d", 10.0, 2, "sphere"), percentile("u8_2d", 62.5, 2, "box", "mirror")

    def mode(name, radius, shape="box", b="nearest"):
        case(f"mode_filter/{name}/{bname(b)}/{shape}_{num(radius)}", name, {"radius": radius, "shape": shape}, b,
             mode_filter(IN[name], radius, shape, b), 0, "scipy.stats.mode(window of radius, mode=boundary, cval=v).mode")
    for b in all_modes(3):
        mode("u8_3d", 1, "box", b)
    mode("i16_3d", [1, 2, 1], "sphere"), mode("u8_2d", 2, "box", "reflect"), mode("u16_3d", 1, "sphere", "mirror")

    def mean(name, radius, shape="box", b="nearest"):
        case(f"mean_filter/{name}/{bname(b)}/{shape}_{num(radius)}", name, {"radius": radius, "shape": shape}, b,
             mean_filter(IN[name], radius, shape, b).astype(F32), ftol(IN[name]),
             "scipy.ndimage.correlate(float64(image), footprint / footprint.sum(), mode=boundary, cval=v) -> f32")
    for b in all_modes(10.5):
        mean("f32_3d", [1, 2, 3], "box", b)
    mean("f32_3d", 8, "box", "mirror"), mean("f32_3d", 3, "sphere"), mean("f32_3d", [0, 2, 4], "sphere", "reflect")
    mean("u8_3d", 2, "sphere"), mean("f32_2d", 5, "sphere", ("constant", 10.5)), mean("f32_3d_1wide", 2), mean("u16_3d", 1)

    def variance(name, radius, shape="box", b="nearest", op="variance"):
        wanted = variance_filter(IN[name], radius, shape, b)
        reach = float(np.ptp(IN[name].astype(F64)))
        root = op == "standard_deviation"
        case(f"{op}_filter/{name}/{bname(b)}/{shape}_{num(radius)}", name, {"radius": radius, "shape": shape}, b,
             (np.sqrt(wanted) if root else wanted).astype(F32),
             (float(f"{1e-5 * reach if root else 1e-6 * reach ** 2:.3e}"), 1e-6),
             "scipy.ndimage.generic_filter(float64(image), numpy.var, footprint=footprint(radius), mode=boundary, cval=v)"
             + (" ** 0.5" if root else "") + " -> f32")
    for b in all_modes(10.5):
        variance("f32_3d", [1, 2, 1], "box", b)
        # By lines: more than 125 voxels.
        variance("f32_3d", [2, 3, 3], "box", b), variance("u16_3d", [3, 0, 9], "box", b)
    variance("f32_3d", 2, "sphere"), variance("u8_3d", 1), variance("u16_3d", [0, 2, 1], "sphere", "mirror")
    variance("f32_2d", 3, "box", "reflect"), variance("f32_3d_1wide", 2), variance("nuclei_u16_2d", 2)
    variance("f32_3d", 1, op="standard_deviation"), variance("u16_3d", 2, "sphere", "reflect", op="standard_deviation")

    def hat(op, name, radius, shape="box", b="nearest"):
        f = {"top_hat": "white_tophat", "bottom_hat": "black_tophat"}[op]
        case(f"{op}/{name}/{bname(b)}/{shape}_{num(radius)}", name, {"radius": radius, "shape": shape}, b,
             tophat(IN[name], op, radius, shape, b), 0,
             f"scipy.ndimage.{f}(image, size=2*radius+1 or footprint=ellipsoid(radius), mode=boundary), difference taken in f32")
    for op in ("top_hat", "bottom_hat"):
        hat(op, "f32_3d", [1, 2, 2]), hat(op, "f32_3d", 2, "sphere", "reflect"), hat(op, "u8_3d", 2, "sphere")
        hat(op, "u16_3d", [0, 2, 2]), hat(op, "f32_2d", 3, "sphere", "mirror"), hat(op, "i16_3d", 1)

    def dog(name, s1, s2, b="nearest"):
        case(f"difference_of_gaussian/{name}/{bname(b)}/sigma_{num(s1)}__{num(s2)}", name, {"sigma1": s1, "sigma2": s2}, b,
             (gauss64(IN[name], s1, b) - gauss64(IN[name], s2, b)).astype(F32), ftol(IN[name]),
             "scipy.ndimage.gaussian_filter(float64(image), sigma1) - the same with sigma2 -> f32")
    dog("f32_3d", 1.0, 3.0), dog("u16_3d", [0.5, 1.0, 1.0], [1.0, 3.0, 3.0], "reflect"), dog("f32_2d", 0.0, 2.0, ("constant", 10.5))
    dog("nuclei_u16_2d", 1.0, 4.0)

    def edge(name, b="nearest"):
        case(f"sobel/{name}/{bname(b)}", name, {}, b, sobel(IN[name], b).astype(F32), ftol(IN[name]),
             "sqrt(sum over axes of scipy.ndimage.sobel(extended float64 image, axis)**2) -> f32; smoothing (1,2,1) not normalised")
    for b in ("nearest", "wrap", ("constant", 10.5)):
        edge("f32_3d", b)
    edge("f32_2d"), edge("u8_3d", ("constant", 0.0)), edge("u16_3d"), edge("f32_3d_1wide")

    def lap(name, shape, b="nearest"):
        case(f"laplace/{name}/{bname(b)}/{shape}", name, {"shape": shape}, b, laplace(IN[name], shape, b).astype(F32),
             0 if IN[name].dtype.kind in "iu" else ftol(IN[name]),
             "-scipy.ndimage.laplace(float64(image), mode=boundary)" if shape == "diamond" else
             "scipy.ndimage.correlate(float64(image), kernel of -1 with 26 or 8 in the centre, mode=boundary)")
    for shape in ("diamond", "box"):
        lap("f32_3d", shape), lap("f32_3d", shape, ("constant", 10.5)), lap("u8_3d", shape, "mirror"), lap("f32_2d", shape, "wrap")
    lap("f32_3d_1wide", "diamond"), lap("i16_3d", "box", "reflect")


def cases_reductions():
    def projection(stat, axis, name):
        x = IN[name].astype(F64)
        k = dict(axis="zyx".index(axis) - (3 - x.ndim), keepdims=True)
        y = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "sum": np.sum, "std": np.std}[stat](x, **k)
        selects, integer = stat in ("maximum", "minimum"), IN[name].dtype.kind in "iu"
        tol = 0 if selects or (stat == "sum" and integer) else ftol(IN[name]) if stat == "std" else \
            (float(f"{1e-6 * np.abs(x).sum(axis=k['axis']).max() / (x.shape[k['axis']] if stat == 'mean' else 1):.3e}"), 1e-6)
        case(f"{stat}_{axis}_projection/{name}", name, {}, None, y.astype(IN[name].dtype if selects else F32), tol,
             f"numpy.{ {'maximum': 'max', 'minimum': 'min'}.get(stat, stat)}(float64(image), axis={axis}, keepdims=True" + (", ddof=0)" if stat == "std" else ")"))
    for stat, axis in itertools.product(("maximum", "minimum", "mean", "sum", "std"), "xyz"):
        projection(stat, axis, "f32_3d")
    for stat, axis, name in (("sum", "z", "u8_3d"), ("sum", "x", "u16_3d"), ("mean", "y", "u16_3d"), ("std", "z", "u16_3d"), ("maximum", "z", "u8_3d"),
                             ("minimum", "y", "i16_3d"), ("maximum", "x", "i16_3d"), ("maximum", "x", "f32_2d"), ("sum", "y", "f32_2d")):
        projection(stat, axis, name)
    for stat, axis, name in [(s, a, n) for s in ("maximum", "minimum") for a in "xyz" for n in ("f32_3d",)] + [("maximum", "y", "f32_2d"), ("minimum", "x", "i16_3d")]:
        x = IN[name]
        y = (np.argmax if stat == "maximum" else np.argmin)(x, axis="zyx".index(axis) - (3 - x.ndim), keepdims=True).astype(np.uint32)
        case(f"arg_{stat}_{axis}_projection/{name}", name, {}, None, y, 0, f"numpy.arg{stat[:3]}(image, axis={axis}, keepdims=True): the first of equal values")
    for name in ("f32_3d", "u16_3d"):
        x, integer = IN[name].astype(F64), IN[name].dtype.kind in "iu"
        for op, v, call in (("sum", x.sum(), "sum"), ("mean", x.mean(), "mean"), ("minimum", x.min(), "min"), ("maximum", x.max(), "max"),
                            ("standard_deviation", x.std(), "std")):
            exact = op in ("minimum", "maximum") or (op == "sum" and integer)
            case(f"{op}_of_all_pixels/{name}", name, {}, None, int(v) if exact and integer else float(v), 0 if exact else (0.0, 1e-6),
                 f"numpy.{call}(float64(image))" + (", ddof=0" if call == "std" else ""))
    v = IN["nuclei_u16_crop"].astype(np.int64)
    for op, f in (("sum", np.sum), ("minimum", np.min)):
        case(f"{op}_of_all_pixels/i16_3d", "i16_3d", {}, None, int(f(IN["i16_3d"].astype(np.int64))), 0, f"numpy.{f.__name__}(int64(image))")
    case("sum_of_all_pixels/nuclei_u16_crop", "nuclei_u16_crop", {}, None, int(v.sum()), 0, "numpy.sum(int64(image))")
    case("standard_deviation_of_all_pixels/nuclei_u16_crop", "nuclei_u16_crop", {}, None, float(v.astype(F64).std()), (0.0, 1e-6), "numpy.std(float64(image)), ddof=0")
    for name, bins, lo, hi in (("u8_3d", 256, 0, 256), ("u8_3d", 255, 0, 255), ("u8_2d", 64, 0, 256), ("u8_3d_b", 16, 64, 192), ("u16_3d", 256, 0, 65536),
                               ("i16_3d", 64, -2048, 2048), ("nuclei_u16_crop", 128, 0, 32768), ("f32_3d_dyadic", 64, -4, 4)):
        h = np.histogram(IN[name].astype(F64), bins=bins, range=(lo, hi))[0].astype(np.uint32)
        case(f"histogram/{name}/bins_{bins}_range_{lo}_{hi}", name, {"num_bins": bins, "min": float(lo), "max": float(hi)}, None, h, 0,
             "numpy.histogram(float64(image), bins=num_bins, range=(min, max))[0]: last bin closed, values outside are not counted")


def cases_masks_and_labels():
    for name in ("u8_3d", "u8_2d", "u16_3d", "i16_3d", "f32_3d", "f32_2d", "nuclei_u16_crop", "nuclei_u16_2d", "u8_2d_constant"):
        mask, t, note, _ = otsu(IN[name])
        case(f"threshold_otsu/{name}", name, {}, None, mask, 0, "float64(image) > skimage.filters.threshold_otsu(float64(image), nbins=256)", threshold=t, note=note)
    for op, f in (("erode", "minimum"), ("dilate", "maximum")):
        for name, radius, shape in (("mask_3d", 1, "box"), ("mask_3d", 1, "sphere"), ("mask_3d", [1, 2, 3], "sphere"),
                                    ("mask_2d", 3, "sphere"), ("mask_2d_255", [0, 0, 2], "box")):
            y = rank_filter((IN[name] != 0).astype(np.uint8), f, radius, shape, "nearest")
            case(f"binary_{op}/{name}/{shape}_{num(radius)}", name, {"radius": radius, "shape": shape}, "nearest", y, 0,
                 f"scipy.ndimage.{f}_filter(image != 0, size=2*radius+1 or footprint=ellipsoid(radius), mode='nearest')")
    for name, radius, shape in (("f32_3d", 1, "box"), ("f32_3d", 1, "sphere"), ("f32_3d", [1, 2, 3], "sphere"), ("f32_2d", 2, "box"), ("u8_3d", 1, "box"),
                                ("i16_3d", [0, 2, 1], "box"), ("f32_3d_1wide", 1, "box"), ("u8_2d_constant", 1, "box")):
        case(f"detect_maxima/{name}/{shape}_{num(radius)}", name, {"radius": radius, "shape": shape}, "nearest", detect_maxima(IN[name], radius, shape), 0,
             "numpy loop: strictly greater than every other voxel of the window, offsets outside the image ignored")
    both = ("cc_spiral_2d", "cc_snake_3d", "cc_checkerboard_3d", "cc_percolation6_3d", "cc_percolation4_2d")
    once = [("cc_comb_2d", "sphere"), ("cc_checkerboard_2d", "sphere"), ("cc_percolation26_3d", "box"), ("cc_empty_3d", "box"), ("cc_full_3d", "sphere"), ("mask_2d_255", "box")]
    for name, c in [(n, c) for n in both for c in ("box", "sphere")] + once:
        lab = components(IN[name], c)
        case(f"connected_components/{name}/{c}", name, {"connectivity": c}, None, lab, 0,
             f"scipy.ndimage.label(image != 0, generate_binary_structure(ndim, {'ndim' if c == 'box' else 1})), raster order verified", labels=int(lab.max()))
    for d in ("3d", "2d"):
        ins, mask = [f"seeds_{d}", f"voronoi_mask_{d}"], IN[f"voronoi_mask_{d}"]
        seeds = components(IN[ins[0]], "box")
        d2, lab = nearest_labels(seeds)
        note = "straight Euclidean distance in voxels, not geodesic; seeds outside the mask count as seeds, but every voxel outside the mask is 0 in the result"
        case(f"masked_voronoi_labeling/{d}/squared_distance", ins, {}, None, d2, 0,
             "rint(scipy.ndimage.distance_transform_edt(seeds == 0)**2), for every voxel of the image", compare="nearest_seed_squared_distance", note=note)
        case(f"masked_voronoi_labeling/{d}/labels", ins, {}, None, (lab * (mask > 0)).astype(np.uint32), 0,
             "brute force: label (scipy.ndimage.label, box) of the nearest seed voxel, the smallest label among equally near ones", labels=int(seeds.max()), note=note)
    for name, sampling in (("mask_3d", (1, 1, 1)), ("mask_2d_255", (1, 1)), ("cc_percolation6_3d", (1, 1, 1)), ("mask_3d", (2.5, 0.5, 0.7)),
                           ("cc_percolation6_3d", (0.3, 1, 1.9)), ("inverse_seeds_3d", (1, 1, 1)), ("inverse_seeds_2d", (1, 1)), ("inverse_seeds_3d", (3, 0.25, 0.25)), ("cc_empty_3d", (1, 1, 1))):
        if name not in IN:
            add_input(name, (IN[name.removeprefix("inverse_")] == 0).astype(np.uint8))
        params = {} if set(sampling) == {1} else {f"sampling_{a}": v for a, v in zip("xyz", sampling[::-1])}
        y = ndi.distance_transform_edt(IN[name], sampling=sampling).astype(F32)
        case(f"distance_transform/{name}/{'_'.join(num(v) for v in sampling)}", name, params, None, y, (0, 3e-7), "scipy.ndimage.distance_transform_edt(image, sampling)")
    for name in ("labels_gaps_3d", "labels_gaps_2d"):
        d2, lab = nearest_labels(IN[name])
        for distance in (1.5, 25.1):
            y = (lab * (d2 <= distance**2)).astype(np.uint32)
            case(f"expand_labels/{name}/distance_{num(distance)}", name, {"distance": distance}, None, y, 0,
                 "brute force: label of the nearest labelled voxel, the smallest among equally near ones, where it is at most `distance` away", labels=int(y.max()))
    for name in ("labels_gaps_3d", "labels_gaps_2d"):
        x = IN[name]
        flags = [(True, True, True), (True, False, False), (False, True, False)] + ([(False, False, True), (True, True, False)] if x.ndim == 3 else [])
        for ex, ey, ez in flags:
            touching = set()
            for axis, on in zip((-1, -2, -3), (ex, ey, ez)):
                if on and -axis <= x.ndim:
                    touching |= set(np.unique(np.take(x, [0, -1], axis=axis)))
            y = sequential(x, {int(i) for i in np.unique(x)} - touching)
            if ex and ey and ez:
                same(y, sequential(segmentation.clear_border(x)))
            which = "".join(a for a, on in zip("xyz", (ex, ey, ez)) if on)
            case(f"remove_labels_on_edges/{name}/exclude_{which}", name, {"exclude_x": ex, "exclude_y": ey, "exclude_z": ez}, None, y, 0,
                 "numpy: labels present in the first or last plane of an excluded axis removed, rest renumbered 1..n in order (all axes: = skimage.segmentation.clear_border + relabel_sequential)",
                 labels=int(y.max()))
        ids, size = np.unique(x[x > 0], return_counts=True)
        s = np.sort(size)
        for lo, hi in ((int(s[2]), int(s[-3])), (int(s[-1]), int(s[-1])), (0, int(s[3])), (int(s[-1]) + 1, 100000)):
            y = sequential(x, {int(i) for i, n in zip(ids, size) if lo <= n <= hi})
            case(f"filter_labels_by_size/{name}/size_{lo}_{hi}", name, {"minimum_size": lo, "maximum_size": hi}, None, y, 0,
                 "numpy.unique(return_counts): minimum_size <= size <= maximum_size kept, renumbered 1..n in order", labels=int(y.max()))
    for name in ("labels_gaps_3d", "labels_gaps_2d", "labels_consecutive_3d", "cc_empty_3d"):
        y = sequential(IN[name])
        same(y, segmentation.relabel_sequential(IN[name].astype(np.int64))[0].astype(np.uint32))
        case(f"relabel_sequential/{name}", name, {}, None, y, 0, "skimage.segmentation.relabel_sequential(labels)[0]", labels=int(y.max()))
    for lab, img in (("labels_gaps_3d", "u16_3d"), ("labels_consecutive_3d", "u8_3d"), ("labels_gaps_2d", "u8_2d"), ("f32_3d_labels", "f32_3d")):
        if lab not in IN:
            add_input(lab, blob_labels(IN[img].shape, 34, 6, [1, 5, 6, 20, 33]))
        case(f"label_statistics/{lab}/{img}", [lab, img], {}, None, statistics(IN[lab], IN[img]), (1e-4, 1e-5),
             "skimage.measure.regionprops_table(labels, float64(intensity)), numpy.std ddof=0; one row per label that is present, ascending")


def cases_pointwise():
    def point(op, inputs, params, y, tol=0, call=None, tag=""):
        inputs = [inputs] if isinstance(inputs, str) else inputs
        tag = tag or "_".join(f"{k}_{v:g}" for k, v in params.items())
        case("/".join([op, "__".join(inputs)] + ([tag] if tag else [])), inputs, params, None, y, tol, call or f"numpy in float32: {op}")
    A, B, C, D, U, I, V = (IN[k] for k in ("f32_3d", "f32_3d_b", "f32_3d_c", "f32_2d", "u8_3d", "i16_3d", "u8_3d_b"))
    point("absolute", "f32_3d", {}, np.abs(A)), point("absolute", "i16_3d", {}, np.abs(I.astype(F32)), call="numpy.abs(float32(image))")
    for e in (2.0, 0.5, -1.5):
        point("power", "f32_3d_b", {"exponent": e}, (B.astype(F64) ** e).astype(F32), (1e-6, 2e-6), "float64(image) ** exponent -> f32")
    point("power", "f32_2d", {"exponent": 3.0}, (D.astype(F64) ** 3).astype(F32), (1e-6, 2e-6), "float64(image) ** exponent -> f32; negative base, integral exponent")
    for name, lo, hi in (("f32_3d", -10.5, 40.25), ("u8_3d", 50.0, 200.0), ("i16_3d", -100.0, 1000.0)):
        point("clip", name, {"min": lo, "max": hi}, np.clip(IN[name].astype(F32), F32(lo), F32(hi)), call="numpy.clip(float32(image), min, max)")
    arith = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide}
    for op, f in arith.items():
        point(f"{op}_images", ["f32_3d", "f32_3d_b"], {}, f(A, B), call=f"numpy.{op}(a, b) in float32")
        point(f"{op}_scalar", "f32_3d", {"scalar": 3.3}, f(A, F32(3.3)), call=f"numpy.{op}(image, float32(scalar)) in float32")
    for op in ("add", "subtract"):
        point(f"{op}_images", ["u8_3d", "u8_3d_b"], {}, arith[op](U.astype(F32), V.astype(F32)), call=f"numpy.{op}(float32(a), float32(b)): f32 result, no wrap-around")
    point("multiply_scalar", "u16_3d", {"scalar": 0.1}, IN["u16_3d"].astype(F32) * F32(0.1), call="numpy.multiply(float32(image), float32(scalar))")
    compare = {"equal": np.equal, "not_equal": np.not_equal, "greater": np.greater, "greater_or_equal": np.greater_equal, "smaller": np.less, "smaller_or_equal": np.less_equal}
    for op, f in compare.items():
        point(op, ["f32_3d", "f32_3d_c"], {}, f(A, C).astype(np.uint8), call=f"numpy.{f.__name__}(a, b) -> u8")
        point(f"{op}_constant", "u8_2d", {"constant": float(np.median(IN["u8_2d"]))}, f(IN["u8_2d"], int(np.median(IN["u8_2d"]))).astype(np.uint8), call=f"numpy.{f.__name__}(image, constant) -> u8")
    point("greater_constant", "f32_2d", {"constant": 0.25}, (D > F32(0.25)).astype(np.uint8), call="numpy.greater(image, float32(constant)) -> u8")
    point("mask", ["u16_3d", "voronoi_mask_3d"], {}, np.where(IN["voronoi_mask_3d"] > 0, IN["u16_3d"], 0).astype(np.uint16), call="numpy.where(mask != 0, image, 0), type of the image")
    point("mask", ["i16_3d", "i16_3d"], {}, I, call="numpy.where(mask != 0, image, 0): negative mask values count as set")
    P, Q = IN["mask_3d"] > 0, IN["mask_3d_b"] > 0
    for op, y in (("and", P & Q), ("or", P | Q), ("xor", P ^ Q), ("subtract", P & ~Q)):
        point(f"binary_{op}", ["mask_3d", "mask_3d_b"], {}, y.astype(np.uint8), call=f"numpy on (a != 0), (b != 0): {op}" + (" (a and not b)" if op == "subtract" else ""))
    point("binary_not", "mask_3d", {}, (~P).astype(np.uint8), call="numpy.logical_not(image != 0) -> u8")
    point("binary_not", "mask_2d_255", {}, (IN["mask_2d"] == 0).astype(np.uint8), call="numpy.logical_not(image != 0) -> u8")


def cases_layout():
    def moved(op, name, params, y, call, b="nearest", tol=0):
        tag = "_".join(f"{k}_{num(v)}" for k, v in params.items())
        case("/".join([op, name] + ([bname(b)] if op in ("pad", "crop") else []) + ([tag] if tag else [])), name, params, b, np.ascontiguousarray(y), tol, call)
    for name in ("u8_3d", "f32_2d"):
        x = IN[name]
        for on in ((True, False, False), (True, True, x.ndim == 3)):
            axes = tuple(a for a, yes in zip((-1, -2, -3), on) if yes)
            moved("flip", name, dict(zip(("flip_x", "flip_y", "flip_z"), on)), np.flip(x, axes), "numpy.flip(image, axes)")
        moved("transpose_xy", name, {}, np.swapaxes(x, -1, -2), "numpy.swapaxes(image, -1, -2)")
        if x.ndim == 3:
            moved("transpose_xz", name, {}, np.swapaxes(x, -1, -3), "numpy.swapaxes(image, -1, -3)")
            moved("transpose_yz", name, {}, np.swapaxes(x, -2, -3), "numpy.swapaxes(image, -2, -3)")
        start, extent = ([2, 3, 5], [4, 6, 9]) if x.ndim == 3 else ([0, 3, 5], [1, 6, 9])
        box = tuple(slice(s, s + e) for s, e in zip(start, extent))[3 - x.ndim:]
        moved("crop", name, {"start": start, "extent": extent}, x[box], "image[start:start + extent]")
        for mode, b in (("edge", "nearest"), ("symmetric", "reflect"), ("reflect", "mirror"), ("wrap", "wrap"), ("constant", ("constant", 7.0))):
            before, after = ([1, 3, 2], [2, 0, 4]) if x.ndim == 3 else ([0, 3, 2], [0, 0, 4])
            width = list(zip(before, after))[3 - x.ndim:]
            extra = {"constant_values": 7} if mode == "constant" else {}
            moved("pad", name, {"before": before, "after": after}, np.pad(x, width, mode=mode, **extra), f"numpy.pad(image, (before, after), mode='{mode}')", b)
        for factor in ([2, 2, 2], [1, 3, 2], [3, 1, 5]):
            if x.ndim == 2:
                factor = [1] + factor[1:]
            f = factor[3 - x.ndim:]
            whole = x[tuple(slice(0, n // k * k) for n, k in zip(x.shape, f))].astype(F64)
            split = whole.reshape([m for n, k in zip(whole.shape, f) for m in (n // k, k)])
            moved("block_mean", name, {"factor": factor}, split.mean(axis=tuple(range(1, 2 * x.ndim, 2))).astype(F32), "mean of reshaped float64 blocks, whole blocks only", tol=ftol(x))


def cases_workflows():
    for name, spot, outline in (("nuclei_u16_crop", 2.0, 2.0), ("nuclei_u16_strided", [1.0, 3.0, 3.0], [0.5, 1.0, 1.0]), ("nuclei_u16_2d", 2.0, 1.0)):
        x = IN[name].astype(F32)
        squeeze = (lambda s: s if np.isscalar(s) else s[3 - x.ndim:])
        def run(g):
            mask, t, note, k = otsu(g(outline))
            spots = components(detect_maxima(g(spot), 1, "box") & mask, "box")
            return mask, t, note, k, spots
        mask, t, note, k, spots = run(lambda s: ndi.gaussian_filter(x, squeeze(s), mode="nearest"))
        worst = 0                                      # the same workflow with other roundings
        for g in (lambda s: gauss64(x, s).astype(F32), lambda s: gauss32(x, s, reversed), lambda s: gauss32(x, s, list)):
            m2, _, _, k2, spots2 = run(g)
            same(spots, spots2)
            assert k == k2
            worst = max(worst, int((m2 != mask).sum()))
        assert worst <= 1e-4 * mask.size, (name, worst)
        note = f"Otsu {note}; three other roundings of the gaussian (f64, f32 both orders) differ in at most {worst} of {mask.size} voxels and give the same spots"
        tol, gauss = (0.0, 0.0, 1e-4), "scipy.ndimage.gaussian_filter(float32(image), sigma, mode='nearest')"
        lab = components(mask, "box")
        common = {"threshold": t, "note": note}
        case(f"gauss_otsu_labeling/{name}/outline_{num(outline)}/mask", name, {"outline_sigma": outline}, "nearest", mask, tol,
             f"{gauss} > skimage.filters.threshold_otsu(nbins=256)", compare="nonzero", **common)
        case(f"gauss_otsu_labeling/{name}/outline_{num(outline)}/label_count", name, {"outline_sigma": outline}, "nearest", int(lab.max()), 0,
             f"scipy.ndimage.label(mask, box) after {gauss} and Otsu", compare="label_count", smallest_component=int(np.bincount(lab.ravel())[1:].min()), **common)
        cid, params = f"voronoi_otsu_labeling/{name}/spot_{num(spot)}_outline_{num(outline)}", {"spot_sigma": spot, "outline_sigma": outline}
        case(f"{cid}/mask", name, params, "nearest", mask, tol, f"{gauss} > skimage.filters.threshold_otsu(nbins=256); every mask voxel gets a label",
             compare="nonzero", **common)
        case(f"{cid}/label_count", name, params, "nearest", int(spots.max()), 0, f"number of numpy-loop maxima of {gauss} (spot_sigma) inside the mask",
             compare="label_count", **common)
        if name == "nuclei_u16_2d":                    # in stacks there are small ones
            y = (nearest_labels(spots)[1] * mask).astype(np.uint32)
            case(f"{cid}/labels", name, params, "nearest", y, tol, "spots labelled by scipy.ndimage.label; nearest spot by brute force, smallest label on ties; inside the mask", labels=int(y.max()), **common)


# ---------------------------------------------------------------- writing and checking
def index_text():
    import scipy, skimage
    head = {"schema": 1, "generator": "tests/make_fixtures.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-image": skimage.__version__}}
    lines = ",\n".join("  " + json.dumps(compact(c), allow_nan=False) for c in CASES)
    return json.dumps(head)[:-1] + ', "cases": [\n' + lines + "\n]}\n"


def close(a, b):
    """Equal JSON values, numbers to 1e-9."""
    if isinstance(a, float) or isinstance(b, float):
        return type(a) is type(b) and abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(close, a, b))
    return a == b


def check():
    bad, bits = [], []
    by_file = {c["expected"].get("file"): c for c in reversed(CASES)}
    for path, want in FILES.items():
        if not (OUT / path).exists():
            bad.append(f"missing: {path}")
            continue
        have = np.load(OUT / path)
        if have.dtype == want.dtype and have.shape == want.shape and have.tobytes() == want.tobytes():
            continue
        tol = by_file[path]["tolerance"] if path in by_file else {"abs": 0, "rel": 0}
        near = have.shape == want.shape and have.dtype == want.dtype and "fraction" not in tol and \
            (np.abs(have.astype(F64) - want) <= 0.1 * (tol["abs"] + tol["rel"] * np.abs(want.astype(F64)))).all()
        (bits if near else bad).append(f"{'bits differ, within a tenth of the tolerance' if near else 'differs'}: {path}")
    have = {str(p.relative_to(OUT)) for p in OUT.rglob("*.npy")}
    bad += [f"not generated: {p}" for p in sorted(have - FILES.keys())]
    stored = json.loads((OUT / "cases.json").read_text()) if (OUT / "cases.json").exists() else {"cases": []}
    fresh = json.loads(index_text())
    if [c["id"] for c in stored["cases"]] != [c["id"] for c in fresh["cases"]]:
        bad.append("cases.json: other cases or another order")
    else:                                              # notes hold measured margins, and are not compared
        bad += [f"cases.json: {a['id']}" for a, b in zip(stored["cases"], fresh["cases"]) if not close({**a, "note": ""}, {**b, "note": ""})]
    print("\n".join(bits + bad) or "ok", f"({len(CASES)} cases, {len(FILES)} arrays)")
    return 1 if bad else 0


def write():
    for old in OUT.rglob("*.npy"):
        if str(old.relative_to(OUT)) not in FILES:
            old.unlink()
    for path, array in FILES.items():
        (OUT / path).parent.mkdir(parents=True, exist_ok=True)
        np.save(OUT / path, array)
    (OUT / "cases.json").write_text(index_text())
    total = sum(p.stat().st_size for p in OUT.rglob("*") if p.is_file())
    print(f"{len(CASES)} cases, {len(FILES)} arrays, {total} bytes")
    assert total < 6_500_000, "fixtures are too large"
    return 0


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--check", action="store_true", help="compare with the folder instead of writing")
    args = ap.parse_args()
    make_inputs()
    cases_filters(), cases_reductions(), cases_masks_and_labels(), cases_pointwise(), cases_layout(), cases_workflows()
    make = SimpleNamespace(**{name: globals()[name] for name in ("IN", "add_input", "case", "bname", "num", "field", "blob_labels", "ftol")})
    for path in sorted(OUT.glob("cases_*.py")):
        importlib.import_module(path.stem).cases(make)
    sys.exit(check() if args.check else write())
