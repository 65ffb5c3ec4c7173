"""RBF machine, fit and score at n = 3000 x 833: `SVC(kernel="rbf")` against one matrix product and its solution.
Run: `python -m tests.timing.bench_svm`."""

from __future__ import annotations

import numpy as np

from methods.classic.svm import fit_rbf
from tests.timing.cpu_time import Row, compare, show


def data(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes of histogram-like rows stretched to [-1, 1], as MS-LBP's."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.4).astype(np.int8)
    rows = np.abs(rng.normal(size=(n, 833))).astype(np.float32)
    rows[:, :60] += 0.25 * labels[:, None]
    return rows / 2.5 - 1, labels


def rows() -> list[Row]:
    from sklearn.svm import SVC

    (train, labels), (test, _) = data(3000, 0), data(3000, 1)
    gamma, decisions = 1 / 833, {}

    def usual() -> None:
        decisions["usual"] = SVC(C=1.0, gamma=gamma).fit(train, labels).decision_function(test)

    def ours() -> None:
        decisions["ours"] = fit_rbf(train, labels, 1.0, gamma).decide(test)

    a, b = compare(usual, ours, rounds=3)
    spread = float(np.ptp(decisions["usual"]))
    off = float(np.abs(decisions["usual"] - decisions["ours"]).max()) / spread
    assert off <= 1e-3, f"decisions differ by {off} of their spread"
    name = f"RBF SVM, fit + score, n = 3000 (decisions within {off:.0e} of their spread)"
    return [(name, f"{a:.2f} s", f"{b:.2f} s", a / b, ">= 5")]


if __name__ == "__main__":
    show(rows())
