#!/usr/bin/env python3
"""Finds the constants of `gaussian_blur_recursive` (kernels/src/recursive.rs).

    python3 docs/gaussians.py

Half of a Gaussian, exp(-t*t/2) for t >= 0, as a sum of decaying oscillations exp(-d*t) * (a*cos(w*t) + b*sin(w*t)): least squares over 0 <= t <= 12
from a fixed start. Prints a, b, d, w of each, the largest difference, and for some sigmas the sum of absolute differences between the sampled
and normalised weights, which bounds the error of a result in units of half the image's range. Made with numpy 2.4.6 and scipy 1.17.1.
"""
import numpy as np
from scipy.optimize import least_squares

T = np.linspace(0, 12, 6001)
STARTS = {
    2: [1.680, 3.735, 1.783, 0.632, -0.680, -0.260, 1.723, 1.997],     # Deriche (1993)
    3: [3.2, 7.3, 2.2, 0.5, -2.3, -0.9, 2.2, 1.6, 0.2, 0.0, 2.1, 2.9],
}


def oscillations(constants, t):
    return sum(np.exp(-d * t) * (a * np.cos(w * t) + b * np.sin(w * t)) for a, b, d, w in constants.reshape(-1, 4))


def weights_differ(constants, sigma):
    distance = np.arange(int(12 * sigma) + 3) / sigma
    ours, exact = oscillations(constants, distance), np.exp(-distance ** 2 / 2)
    ours, exact = (w / (2 * w.sum() - w[0]) for w in (ours, exact))
    difference = abs(ours - exact)
    return 2 * difference.sum() - difference[0]


for number, start in STARTS.items():
    found = least_squares(lambda c: oscillations(c, T) - np.exp(-T * T / 2), start, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=10000).x
    print(f"{number} oscillations: largest difference {abs(oscillations(found, T) - np.exp(-T * T / 2)).max():.2g}")
    print(*(f"    [{', '.join(f'{c:.8f}' for c in row)}]," for row in found.reshape(-1, 4)), sep="\n")
    for sigma in (0.3, 0.5, 1, 2, 5, 20, 100):
        print(f"    sigma {sigma}: weights differ by {weights_differ(found, sigma):.2g}")
