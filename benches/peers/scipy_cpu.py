#!/usr/bin/env python3
"""SciPy and scikit-image beside Kernwerk's native CPU backend, one process each, in turn, on the image of benches/src/lib.rs.

Needs: numpy scipy scikit-image, and `cargo build --release -p kernwerk-benches` before.
"""
import os
import subprocess
import sys
import time

import numpy as np
import scipy.ndimage as ndi
from skimage import filters


def image():
    """The image of `test_image`: the same noise, computed by jumping ahead in the generator."""
    count = 64 * 256 * 256
    states = np.empty(count, np.uint32)
    multiplier, increment = np.uint64(1664525), np.uint64(1013904223)
    mask = np.uint64(0xFFFFFFFF)
    states[0] = (multiplier * np.uint64(12345) + increment) & mask
    known = 1
    while known < count:
        # `multiplier` and `increment` advance by `known` steps.
        new = min(known, count - known)
        states[known:known + new] = ((states[:new].astype(np.uint64) * multiplier + increment) & mask).astype(np.uint32)
        increment = (multiplier * increment + increment) & mask
        multiplier = (multiplier * multiplier) & mask
        known += new
    noise = (states >> 16).astype(np.float32) / np.float32(100.0)
    z, y, x = (np.arange(n, dtype=np.float32) for n in (64, 256, 256))
    waves = np.sin(x / 9)[None, None] * np.cos(y / 8)[None, :, None] * np.sin(z / 7)[:, None, None]
    return (1000 * waves + noise.reshape(64, 256, 256)).astype(np.float32)


def voronoi_otsu(stack):
    blurred = ndi.gaussian_filter(stack, 2)
    spots = ndi.maximum_filter(blurred, 3) == blurred
    mask = blurred > filters.threshold_otsu(blurred)
    labels, _ = ndi.label(spots & mask, np.ones((3, 3, 3)))
    nearest = ndi.distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
    return np.where(mask, labels[tuple(nearest)], 0)


def main():
    stack = image()
    mask = stack > filters.threshold_otsu(stack)
    cases = {
        "gaussian_blur_s2": lambda: ndi.gaussian_filter(stack, 2),
        "median_box_r1": lambda: ndi.median_filter(stack, 3),
        "connected_components": lambda: ndi.label(mask, np.ones((3, 3, 3))),
        "voronoi_otsu_labeling": lambda: voronoi_otsu(stack),
        "maximum_box_r2": lambda: ndi.maximum_filter(stack, 5),
        "mean_box_r2": lambda: ndi.uniform_filter(stack, 5),
        "sobel": lambda: np.sqrt(sum(ndi.sobel(stack, axis) ** 2 for axis in range(3))),
        "threshold_otsu": lambda: stack > filters.threshold_otsu(stack),
    }
    binary = os.path.join(os.path.dirname(__file__), "..", "..", "target", "release", "table")
    print(f"{'case':<26}{'SciPy':>12}{'Kernwerk':>12}{'ratio':>8}")
    for name, run in cases.items():
        run()
        ours, theirs = [], []
        for _ in range(5):
            start = time.perf_counter()
            run()
            theirs.append(1e3 * (time.perf_counter() - start))
            environment = dict(os.environ, KERNWERK_BACKEND=os.environ.get("KERNWERK_BACKEND", "cpu"))
            output = subprocess.run([binary, "--only", name], capture_output=True, text=True, env=environment, check=True)
            line = next(line for line in output.stdout.splitlines() if line.startswith(name + " "))
            ours.append(float(line.split()[1]))
        a, b = np.median(theirs), np.median(ours)
        print(f"{name:<26}{a:>9.1f} ms{b:>9.1f} ms{a / b:>8.2f}")


if __name__ == "__main__":
    sys.exit(main())
