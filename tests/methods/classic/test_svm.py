from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC, LinearSVC

from methods.classic import svm


def overlapping(n: int, d: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.4).astype(np.int8)
    rows = rng.normal(size=(n, d))
    rows[:, : d // 10] += shift * labels[:, None]
    return (rows / 3).astype(np.float32), labels


def test_rbf_machine_is_libsvms() -> None:
    rows, labels = overlapping(1500, 120, 0.5)
    other, _ = overlapping(500, 120, 0.5, seed=1)
    ours = svm.fit_rbf(rows, labels, 1.0, 1 / 120)
    theirs = SVC(C=1.0, gamma=1 / 120).fit(rows, labels)
    expected = theirs.decision_function(other)
    assert abs(len(ours.duals) - len(theirs.support_)) <= 2
    assert np.abs(ours.decide(other) - expected).max() <= 1e-3 * np.ptp(expected)


def test_beyond_the_limit_the_machine_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, labels = overlapping(400, 40, 0.5)
    held, held_linear = svm.fit_rbf(rows, labels, 1.0, 0.02), svm.fit_linear_hinge(rows, labels, (0.1,))[0]
    monkeypatch.setattr(svm, "GRAM_LIMIT", 10)
    streamed, streamed_linear = svm.fit_rbf(rows, labels, 1.0, 0.02), svm.fit_linear_hinge(rows, labels, (0.1,))[0]
    expected = held.decide(rows)
    assert np.abs(streamed.decide(rows) - expected).max() <= 2e-3 * np.ptp(expected)
    expected = held_linear.decide(rows)
    assert np.abs(streamed_linear.decide(rows) - expected).max() <= 2e-3 * np.ptp(expected)


@pytest.mark.parametrize(
    ("shape", "costs"), [((700, 60), (1.0, 16.0, 1024.0, 65536.0)), ((150, 400), (1.0, 16.0, 256.0))]
)
def test_squared_hinge_reaches_linear_svcs_objective(shape: tuple[int, int], costs: tuple[float, ...]) -> None:
    """Within 1e-5 at every cost, for more rows than features and for fewer (the rotated case)."""
    rows, labels = overlapping(*shape, shift=1.0)
    wide = rows.astype(np.float64)
    for C, ours in zip(costs, svm.fit_squared_hinge(rows, labels, costs), strict=True):
        theirs = LinearSVC(dual=False, C=C, fit_intercept=False, tol=1e-5, max_iter=20_000).fit(wide, labels)
        lowest = svm.squared_hinge(theirs.coef_[0], wide, labels, C)
        assert svm.squared_hinge(ours.weights, wide, labels, C) <= lowest * (1 + 1e-5)


def test_squared_hinge_is_the_dual_machine_too() -> None:
    """`LinearSVC(dual=True)`, LIBLINEAR `-s 1`, is what the toolbox calls."""
    rows, labels = overlapping(700, 60, 1.0)
    wide = rows.astype(np.float64)
    theirs = LinearSVC(dual=True, C=1.0, fit_intercept=False, tol=1e-8, max_iter=100_000, random_state=0)
    expected = svm.squared_hinge(theirs.fit(wide, labels).coef_[0], wide, labels, 1.0)
    ours = svm.fit_squared_hinge(rows, labels, (1.0,))[0]
    assert svm.squared_hinge(ours.weights, wide, labels, 1.0) == pytest.approx(expected, rel=1e-5)
    assert np.allclose(ours.weights, theirs.coef_[0], atol=1e-3)


def test_linear_hinge_is_libsvms() -> None:
    rows, labels = overlapping(500, 30, 1.0)
    for C, ours in zip((0.01, 1.0), svm.fit_linear_hinge(rows, labels, (0.01, 1.0)), strict=True):
        expected = SVC(C=C, kernel="linear").fit(rows.astype(float), labels).decision_function(rows.astype(float))
        assert np.abs(ours.decide(rows) - expected).max() <= 2e-3 * np.ptp(expected)


def test_higher_means_bona_fide() -> None:
    rows, labels = overlapping(300, 50, 3.0)
    machines = [svm.fit_rbf(rows, labels, 1.0, 0.02)]
    machines += svm.fit_linear_hinge(rows, labels, (1.0,)) + svm.fit_squared_hinge(rows, labels, (1.0,))
    for machine in machines:
        values = machine.decide(rows)
        assert values[labels == 1].mean() > 0 > values[labels == 0].mean()
