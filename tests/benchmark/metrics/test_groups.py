"""Rates of groups counted again by hand; p-values against every possible shuffle; calibration where nothing differs."""

from __future__ import annotations

from itertools import combinations, product
from math import comb

import numpy as np
import pytest

from benchmark.metrics import groups
from benchmark.metrics.groups import Side, largest, rates


def side(rows: list[tuple[str, str, bool]]) -> Side:
    """From (cluster, value, wrong)."""
    cluster, value, wrong = zip(*rows, strict=True)
    return Side(np.array(wrong, bool), np.array(cluster), np.array(value))


def test_rates_are_those_counted_by_hand():
    random = np.random.default_rng(3)
    rows = [(f"s{i // 5}", "abc"[i // 5 % 3] if i % 50 else "", bool(random.random() < 0.3)) for i in range(300)]
    found = {one.name: one for one in rates(side(rows))}
    assert list(found) == ["a", "b", "c"]
    for name, one in found.items():
        own = [(cluster, wrong) for cluster, value, wrong in rows if value == name]
        assert one.rate == (sum(wrong for _, wrong in own), len(own))
        assert one.clusters == len({cluster for cluster, _ in own})
        assert one.interval.low < one.rate.value < one.interval.high


def test_between_subjects_p_is_that_of_all_ways_to_deal_them():
    errors = [0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 1, 2, 3, 0, 2, 1, 1, 0, 3, 1]
    rows = [(f"s{c}", "ab"[c >= 10], i < wrong) for c, wrong in enumerate(errors) for i in range(3)]
    made = side(rows)
    gap = largest(made, rates(made))
    seen = abs(sum(errors[10:]) - sum(errors[:10]))
    every = [abs(sum(errors) - 2 * sum(errors[i] for i in some)) for some in combinations(range(20), 10)]
    exact = sum(one >= seen for one in every) / comb(20, 10)
    assert (gap.worst.name, gap.best.name, gap.within) == ("b", "a", False)
    assert gap.value == pytest.approx(seen / 30)
    assert gap.p == pytest.approx(exact, abs=4 * (exact * (1 - exact) / groups.SHUFFLES) ** 0.5)


def test_within_subjects_p_is_that_of_all_ways_to_deal_each_one_s_errors():
    wrong = [(2, 0), (1, 0), (3, 1), (0, 0), (1, 1), (2, 2), (0, 1), (1, 0), (2, 1), (3, 3), (1, 0), (0, 0)]
    rows = [
        (f"s{c}", name, i < n) for c, of in enumerate(wrong) for name, n in zip("xy", of, strict=True) for i in range(3)
    ]
    made = side(rows)
    gap = largest(made, rates(made))
    chances = {0: 1.0}  # errors in x less errors in y -> probability, subject by subject
    for a, b in wrong:
        k = a + b
        ways = {2 * i - k: comb(3, i) * comb(3, k - i) / comb(6, k) for i in range(max(0, k - 3), min(3, k) + 1)}
        following: dict[int, float] = {}
        for (d, p), (more, q) in product(chances.items(), ways.items()):
            following[d + more] = following.get(d + more, 0) + p * q
        chances = following
    seen = abs(sum(a - b for a, b in wrong))
    exact = sum(p for d, p in chances.items() if abs(d) >= seen)
    assert gap.within
    assert gap.p == pytest.approx(exact, abs=4 * (exact * (1 - exact) / groups.SHUFFLES) ** 0.5)


def test_small_groups_are_shown_and_not_compared():
    rows = [(f"s{i}", "many" if i < 40 else "some", i % 4 == 0) for i in range(60)]
    rows += [(f"t{i // 20}", "few people", i % 2 == 0) for i in range(60)]
    found = rates(side(rows))
    assert [one.few for one in found] == [
        "too small to be compared: 60 presentations of 3 subjects; 30 of 10 are wanted",
        "",
        "too small to be compared: 20 presentations of 20 subjects; 30 of 10 are wanted",
    ]
    assert largest(side(rows), found) is None


@pytest.mark.parametrize("within", [False, True])
def test_where_nothing_differs_p_is_seldom_small(within, monkeypatch):
    monkeypatch.setattr(groups, "SHUFFLES", 199)
    random = np.random.default_rng(0)
    small = 0
    for _ in range(150):
        hard = random.beta(1, 6, 45)  # some subjects are hard
        rows = [
            (f"s{c}", "abc"[(i if within else c) % 3], bool(random.random() < hard[c]))
            for c in range(45)
            for i in range(6)
        ]
        gap = largest(side(rows), rates(side(rows)))
        assert gap.compared == 3
        small += gap.p < 0.05
    assert small <= 16, "7.5 are expected, 16 with a probability of some 1/500"
