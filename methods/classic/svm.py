"""Support vector machines fitted by matrix products instead of libsvm's row-by-row kernel; same solutions, sooner.

Labels are bona fide = 1 and attack = 0 everywhere, so a decision value above 0 means bona fide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRAM_LIMIT = 25_000
"""Most rows whose kernel matrix (8 n^2 bytes: 5 GB here) is held in memory; above, libsvm computes rows on demand."""
_BLOCK = 1024
_CACHE_MB = 4000


@dataclass(frozen=True)
class KernelMachine:
    """An RBF machine: `vectors` float32 (m, d), `duals` float64 (m,), the intercept and gamma."""

    vectors: NDArray[np.float32]
    duals: NDArray[np.float64]
    intercept: float
    gamma: float

    def decide(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Decision values of rows (n, d): float64, (n,)."""
        out = np.empty(len(rows))
        for start in range(0, len(rows), _BLOCK):
            kernel = rbf_kernel(rows[start : start + _BLOCK], self.vectors, self.gamma)
            out[start : start + _BLOCK] = kernel.astype(np.float64) @ self.duals + self.intercept
        return out


@dataclass(frozen=True)
class LinearMachine:
    """A hyperplane: `weights` float64 (d,) and the intercept."""

    weights: NDArray[np.float64]
    intercept: float = 0.0

    def decide(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decision values of rows (n, d): float64, (n,)."""
        return np.asarray(rows, np.float64) @ self.weights + self.intercept


def rbf_kernel(a: NDArray[np.float32], b: NDArray[np.float32], gamma: float) -> NDArray[np.float32]:
    """exp(-gamma |a - b|^2) of all pairs by one matrix product, float32, (len(a), len(b))."""
    kernel = a @ b.T
    kernel *= 2
    kernel -= np.einsum("ij,ij->i", a, a)[:, None]
    kernel -= np.einsum("ij,ij->i", b, b)
    kernel *= np.float32(gamma)
    np.minimum(kernel, 0, out=kernel)
    out: NDArray[np.float32] = np.exp(kernel, out=kernel)
    return out


def _gram(rows: NDArray[np.float32], gamma: float) -> NDArray[np.float64]:
    """The symmetric kernel matrix in libsvm's precision; each pair is computed once."""
    n = len(rows)
    gram = np.empty((n, n))
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        block = rbf_kernel(rows[start:stop], rows[start:], gamma)
        gram[start:stop, start:] = block
        gram[start:, start:stop] = block.T
    np.fill_diagonal(gram, 1)
    return gram


def fit_rbf(rows: NDArray[np.float32], labels: NDArray[np.integer], C: float, gamma: float) -> KernelMachine:
    """C-SVC with an RBF kernel on rows (n, d): the solution of `sklearn.svm.SVC(C=C, gamma=gamma)`.

    Decisions agree with it to about 5e-4 (the kernel is computed in float32).
    """
    from sklearn.svm import SVC

    if len(rows) > GRAM_LIMIT:
        machine = SVC(C=C, gamma=gamma, cache_size=_CACHE_MB).fit(rows, labels)
    else:
        machine = SVC(C=C, kernel="precomputed").fit(_gram(rows, gamma), labels)
    return KernelMachine(rows[machine.support_], machine.dual_coef_[0].copy(), float(machine.intercept_[0]), gamma)


def fit_linear_hinge(
    rows: NDArray[np.float32], labels: NDArray[np.integer], costs: tuple[float, ...]
) -> list[LinearMachine]:
    """Linear C-SVC with an intercept (LIBSVM `-t 0`) for each cost; all share one product of the rows (n, d)."""
    from sklearn.svm import SVC

    wide = np.asarray(rows, np.float64)
    gram = wide @ wide.T if len(rows) <= GRAM_LIMIT else None
    machines = []
    for C in costs:
        if gram is None:
            machine = SVC(C=C, kernel="linear", cache_size=_CACHE_MB).fit(wide, labels)
        else:
            machine = SVC(C=C, kernel="precomputed").fit(gram, labels)
        weights = machine.dual_coef_[0] @ wide[machine.support_]
        machines.append(LinearMachine(weights, float(machine.intercept_[0])))
    return machines


def squared_hinge(
    weights: NDArray[np.floating], rows: NDArray[np.floating], labels: NDArray[np.integer], C: float
) -> float:
    """What LIBLINEAR `-s 1` and `-s 2` minimise: |w|^2 / 2 + C sum max(0, 1 - y w.x)^2, y = -1 or 1, no intercept."""
    slack = np.maximum(0, 1 - np.where(labels > 0, 1.0, -1.0) * (rows @ weights))
    return float(weights @ weights / 2 + C * slack @ slack)


def fit_squared_hinge(
    rows: NDArray[np.floating], labels: NDArray[np.integer], costs: tuple[float, ...]
) -> list[LinearMachine]:
    """Minimise `squared_hinge` for each cost: the solution of `sklearn.svm.LinearSVC(C=C, fit_intercept=False)`.

    `rows` are (n, d). Each solution starts the search for the next. With more features than rows the rows are first
    turned into their own space, (n, n), which changes no product between them.
    """
    wide = np.asarray(rows, np.float64)
    basis = None
    if wide.shape[1] > len(wide):
        basis, triangle = np.linalg.qr(wide.T)
        wide = np.ascontiguousarray(triangle.T)
    y = np.where(labels > 0, 1.0, -1.0)
    weights, machines = np.zeros(wide.shape[1]), []
    for C in costs:
        weights = _minimise(wide, y, C, weights)
        machines.append(LinearMachine(weights if basis is None else basis @ weights))
    return machines


def _minimise(
    rows: NDArray[np.floating], y: NDArray[np.floating], C: float, w: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Newton steps from `w`, conjugate gradients inside (as LIBLINEAR's TRON). The objective is piecewise quadratic, so
    a handful of steps end at a gradient below 1e-7 of that at 0."""
    goal = 1e-7 * float(np.linalg.norm(2 * C * (y @ rows)))
    margin = rows @ w
    for _ in range(200):
        slack = np.maximum(0, 1 - y * margin)
        active = np.flatnonzero(slack)
        inside = rows[active]
        gradient = w - 2 * C * ((y * slack)[active] @ inside)
        if np.linalg.norm(gradient) <= goal:
            break
        step = _newton_step(inside, C, gradient)
        along = rows @ step
        size = _line_minimum(w, step, y * margin, y * along, C)
        w, margin = w + size * step, margin + size * along
    return w


def _newton_step(inside: NDArray[np.floating], C: float, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve (I + 2C X'X) step = -gradient, X = `inside`, by conjugate gradients."""
    step, residual = np.zeros_like(gradient), -gradient
    direction, norm = residual.copy(), float(residual @ residual)
    goal = norm * 1e-6
    for _ in range(1000):
        bent = direction + 2 * C * ((inside @ direction) @ inside)
        length = norm / float(direction @ bent)
        step += length * direction
        residual = residual - length * bent
        previous, norm = norm, float(residual @ residual)
        if norm <= goal:
            break
        direction = residual + norm / previous * direction
    return step


def _line_minimum(
    w: NDArray[np.float64],
    step: NDArray[np.float64],
    margin: NDArray[np.floating],
    change: NDArray[np.floating],
    C: float,
) -> float:
    """The exact minimum along `step`: the slope is piecewise linear and rising, so it is bracketed and bisected."""
    ww, ws, ss = float(w @ step), float(step @ step), 2 * C

    def slope(t: float) -> float:
        return ww + t * ws - ss * float(np.maximum(0, 1 - margin - t * change) @ change)

    if abs(slope(1.0)) <= 1e-10 * abs(slope(0.0)):
        return 1.0
    low, high = 0.0, 1.0
    while slope(high) < 0:
        low, high = high, 2 * high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return (low + high) / 2
