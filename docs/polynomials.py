"""Minimax polynomials of Kernwerk's mathematical functions (runtime/src/math). Usage: python polynomials.py [name…]

Every polynomial approximates g(t) under the weight w(t): the largest |w (p - g)| over an interval is minimised by Lawson's algorithm
(least squares with weights that are multiplied by the error after each round) on a dense grid of Chebyshev points, in 64-bit-mantissa
arithmetic, with g from mpmath. Coefficients are rounded to f32 one by one from the constant term up; after each the remaining ones are
fitted anew, so that they make good what the rounding cost. Prints the coefficients, highest degree first (Horner), and log2 of the error
that remains with the rounded coefficients.
"""
import sys
import mpmath as mp
import numpy as np

mp.mp.dps = 60
L = np.longdouble


def to_l(x):
    return L(mp.nstr(x, 30))


def solve(a, b):
    n = len(b)
    a = a.copy(); b = b.copy()
    for i in range(n):
        p = i + int(np.argmax(np.abs(a[i:, i])))
        a[[i, p]] = a[[p, i]]; b[[i, p]] = b[[p, i]]
        for j in range(i + 1, n):
            f = a[j, i] / a[i, i]
            a[j] -= f * a[i]; b[j] -= f * b[i]
    x = np.zeros(n, L)
    for i in reversed(range(n)):
        x[i] = (b[i] - (a[i, i + 1:] * x[i + 1:]).sum()) / a[i, i]
    return x


def lawson(t, g, w, first, degree, rounds=150):
    """Coefficients of t^first .. t^degree that minimise max |w (p - g)|."""
    lo, hi = t.min(), t.max()
    u = (2 * t - lo - hi) / (hi - lo)
    n = degree - first + 1
    cheb = [np.ones_like(u), u]
    for _ in range(2, n):
        cheb.append(2 * u * cheb[-1] - cheb[-2])
    basis = np.array([(t ** first) * w * c for c in cheb[:n]])
    target = w * g
    lam = np.full(len(t), L(1) / len(t))
    best = (L(1e30), None)
    for _ in range(rounds):
        m = (basis * lam) @ basis.T
        c = solve(m, (basis * lam) @ target)
        e = np.abs(target - c @ basis)
        if e.max() < best[0]:
            best = (e.max(), c)
        lam = lam * (e + e.max() * L(1e-6))
        lam /= lam.sum()
    # Chebyshev in u -> monomials in t, in mpmath
    c = [mp.mpf(np.format_float_scientific(v, precision=25)) for v in best[1]]
    lo, hi = mp.mpf(np.format_float_scientific(lo, precision=25)), mp.mpf(np.format_float_scientific(hi, precision=25))
    a, b = 2 / (hi - lo), -(lo + hi) / (hi - lo)
    polys = [[mp.mpf(1)], [b, a]]
    for _ in range(2, n):
        p = [mp.mpf(0)] * (len(polys[-1]) + 1)
        for i, v in enumerate(polys[-1]):
            p[i] += 2 * b * v
            p[i + 1] += 2 * a * v
        for i, v in enumerate(polys[-2]):
            p[i] -= v
        polys.append(p)
    out = [mp.mpf(0)] * n
    for k in range(n):
        for i, v in enumerate(polys[k]):
            out[i] += c[k] * v
    return out


def f32(x):
    return np.float32(mp.nstr(x, 30))


def fit(name, g, w, lo, hi, degree, fixed=(), pairs=0, points=600):
    """fixed: constants taken as they are. pairs: so many leading coefficients are kept as f32 pairs (hi, lo)."""
    nodes = [mp.cos(mp.pi * (2 * i + 1) / (2 * points)) for i in range(points)]
    ts = [(mp.mpf(lo) + hi) / 2 + (mp.mpf(hi) - lo) / 2 * x for x in nodes]
    t = np.array([to_l(x) for x in ts]); gv = np.array([to_l(g(x)) for x in ts]); wv = np.array([to_l(w(x)) for x in ts])
    coefficients, shown = [], []
    rest = gv.copy()
    for i in range(degree + 1):
        if i < len(fixed):
            c = mp.mpf(fixed[i]); shown.append(repr(float(fixed[i])))
        else:
            c = lawson(t, rest, wv, i, degree)[0]
            h = f32(c)
            if i < pairs:
                l = f32(c - mp.mpf(float(h)))
                shown.append(f"{h} + {l}")
                c = mp.mpf(float(h)) + mp.mpf(float(l))
            else:
                shown.append(str(h)); c = mp.mpf(float(h))
        coefficients.append(c)
        rest = rest - to_l(c) * t ** i
    error = np.abs(wv * rest).max()
    print(f"{name}: degree {degree}, error 2^{float(np.log2(error)):.2f}")
    for i in reversed(range(degree + 1)):
        print(f"    t^{i}: {shown[i]}")
    sys.stdout.flush()


def near0(f, value, eps=mp.mpf(10) ** -8):
    return lambda t: value if abs(t) < eps else f(t)


R2 = mp.sqrt(2)
JOBS = {
    # exponential.rs: (e^r - 1 - r) / r^2, error relative to e^r - 1
    "exp": lambda: fit("exp", near0(lambda r: (mp.expm1(r) - r) / r**2, mp.mpf(1) / 2), lambda r: r**2 / abs(mp.expm1(r)) if r else 0, -0.3475, 0.3475, 5, fixed=(0.5,)),
    # logarithm.rs: (ln(1+f) - f + f^2/2) / f^3, error relative to ln(1+f)
    "ln": lambda: fit("ln", near0(lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3, mp.mpf(1) / 3), lambda f: abs(f**3 / mp.log1p(f)), R2 / 2 - 1 - 1e-6, R2 - 1 + 1e-6, 8),
    # power.rs: ln((1+s)/(1-s)) = 2 s (1 + z (c0 + z q(z))), z = s^2; c0 as a pair
    "atanh": lambda: fit("atanh", near0(lambda z: (mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mp.mpf(1) / 3), lambda z: z, 0, 0.02955, 3, pairs=1),
    # trigonometric.rs
    "sin": lambda: fit("sin", near0(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, -mp.mpf(1) / 6), lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)) if z else 0, 0, 0.6195, 3),
    "cos": lambda: fit("cos", near0(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, mp.mpf(1) / 24), lambda z: z**2 / mp.cos(mp.sqrt(z)), 0, 0.6195, 2),
    # inverse_trigonometric.rs
    "asin": lambda: fit("asin", near0(lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mp.mpf(1) / 6), lambda z: z * mp.sqrt(z) / mp.asin(mp.sqrt(z)) if z else 0, 0, 0.25, 5),
    "atan": lambda: fit("atan", near0(lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, -mp.mpf(1) / 3), lambda z: z * mp.sqrt(z) / mp.atan(mp.sqrt(z)) if z else 0, 0, 0.1717, 4),
    # hyperbolic.rs
    "sinh": lambda: fit("sinh", near0(lambda z: (mp.sinh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mp.mpf(1) / 6), lambda z: z * mp.sqrt(z) / mp.sinh(mp.sqrt(z)) if z else 0, 0, 1.001, 3),
    # error_function.rs
    "erf": lambda: fit("erf", near0(lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z), 2 / mp.sqrt(mp.pi)), lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)) if z else 1, 0, 0.2505, 5, pairs=1),
}


def erfcx_scaled(u):
    x = 2 * (1 + u) / (1 - u)  # u = (x - 2) / (x + 2)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


JOBS["erfcx"] = lambda: fit("erfcx", erfcx_scaled, lambda u: 1 / erfcx_scaled(u), -1, mp.mpf("0.672"), 11, pairs=1)

if __name__ == "__main__":
    for name in sys.argv[1:] or JOBS:
        JOBS[name]()
