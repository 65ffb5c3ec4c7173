import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.metrics.coverage import BOOTSTRAP, EXACT
from benchmark.metrics.intervals import (
    ClusterBootstrap,
    clopper_pearson,
    flags,
    minimum_detectable,
    percentile,
    rule_of_3,
)
from benchmark.metrics.roc import Ranked, auc, eer
from benchmark.results.rates import Rate


def drawn(bootstrap, replicate):
    """The presentations of a replicate, written out."""
    times = bootstrap.draws[replicate].astype(int)[bootstrap.cluster]
    return np.repeat(np.arange(len(times)), times)


def both_ways(score, bona_fide, groups, replicates=20):
    bootstrap = ClusterBootstrap(groups, replicates, seed=3)
    fast = bootstrap.eer_auc(score, bona_fide)
    slow = np.full((2, replicates), np.nan)
    for r in range(replicates):
        rows = drawn(bootstrap, r)
        sides = Ranked.of(score[rows][bona_fide[rows]], score[rows][~bona_fide[rows]])
        point = eer(sides)
        if point is not None:
            slow[:, r] = point.hter, auc(sides)
    return fast, slow


@pytest.mark.parametrize(
    ("n", "clusters", "values", "auc_error"),
    [(9000, 150, 10**6, 1e-4), (9000, 150, 7, 1e-5), (2000, 90, 10**6, 1e-12), (40, 40, 5, 1e-12), (2, 2, 9, 1e-12)],
)
def test_every_replicate_has_the_eer_and_auc_of_the_resampled_rows(n, clusters, values, auc_error):
    random = np.random.default_rng(n + values)
    bona_fide = np.arange(n) % 3 == 0
    score = np.floor(random.normal(bona_fide * 1.0, 1) * values) / values
    fast, slow = both_ways(score, bona_fide, np.arange(n) % clusters)
    assert fast[0] == pytest.approx(slow[0], abs=1e-12, nan_ok=True)
    assert fast[1] == pytest.approx(slow[1], abs=auc_error, nan_ok=True)


def test_a_cluster_for_every_presentation_gives_the_same_figures_without_a_dense_table():
    random = np.random.default_rng(0)
    n = 40_000  # clusters x blocks is beyond the dense limit
    bona_fide = np.arange(n) % 2 == 0
    score = random.normal(bona_fide * 2.0, 1)
    fast, slow = both_ways(score, bona_fide, np.arange(n), replicates=3)
    assert fast[0] == pytest.approx(slow[0], abs=1e-12)
    assert fast[1] == pytest.approx(slow[1], abs=1e-5)


@given(
    st.lists(st.tuples(st.integers(-4, 4), st.booleans(), st.integers(0, 5)), min_size=1, max_size=30),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_small_sets_with_ties_and_infinities(rows, endless):
    score = np.array([np.inf if endless and s == 4 and not b else float(s) for s, b, _ in rows])
    bona_fide = np.array([b for _, b, _ in rows])
    fast, slow = both_ways(score, bona_fide, [g for _, _, g in rows], replicates=5)
    assert np.isnan(fast[0]).tolist() == np.isnan(slow[0]).tolist()
    assert fast[0] == pytest.approx(slow[0], abs=1e-12, nan_ok=True)
    assert fast[1] == pytest.approx(slow[1], abs=1e-12, nan_ok=True)


def test_rates_of_a_replicate_are_those_of_the_resampled_rows():
    random = np.random.default_rng(1)
    bona_fide, wrong = random.random(90) < 0.4, random.random(90) < 0.3
    counted = random.random(90) < 0.9
    bootstrap = ClusterBootstrap(np.arange(90) // 5, 10, seed=1)
    frr, far, hter = bootstrap.hter(wrong, bona_fide, counted)
    for r in range(10):
        rows = drawn(bootstrap, r)
        rows = rows[counted[rows]]
        assert frr[r] == pytest.approx(wrong[rows][bona_fide[rows]].mean())
        assert far[r] == pytest.approx(wrong[rows][~bona_fide[rows]].mean())
        assert hter[r] == pytest.approx((frr[r] + far[r]) / 2)


def test_every_replicate_draws_as_many_clusters_as_there_are_and_a_seed_repeats_it():
    bootstrap = ClusterBootstrap(np.arange(300) // 3, 50, seed=7)
    assert (bootstrap.draws.sum(1) == 100).all()
    assert np.array_equal(bootstrap.draws, ClusterBootstrap(np.arange(300) // 3, 50, seed=7).draws)


def test_subjects_with_many_frames_are_covered_where_the_naive_interval_is_not():
    """40 subjects x 25 frames, each with its own error rate: the truth must lie inside 90 to 98 times in 100."""
    random = np.random.default_rng(11)
    trials, covered, naive = 300, 0, 0
    groups, everything = np.repeat(np.arange(40), 25), np.ones(1000, bool)
    for trial in range(trials):
        of_subject = random.beta(1.0, 9.0, 40)  # mean 0.1
        wrong = random.random(1000) < np.repeat(of_subject, 25)
        found = percentile(ClusterBootstrap(groups, 400, seed=trial).rate(wrong, everything))
        covered += found.low <= 0.1 <= found.high
        exact = clopper_pearson(Rate(int(wrong.sum()), 1000))
        naive += exact.low <= 0.1 <= exact.high
    assert 0.90 <= covered / trials <= 0.98
    assert 0.50 <= naive / trials < 0.80
    assert "93 times in 100" in BOOTSTRAP
    assert "50 times in 100" in EXACT


def test_the_eer_s_interval_covers_the_truth():
    """Two normal distributions two deviations apart: the true EER is Phi(-1)."""
    random = np.random.default_rng(5)
    truth, trials, covered = 0.158655, 100, 0
    groups = np.arange(400) // 5
    bona_fide = np.arange(400) // 5 % 2 == 0
    for trial in range(trials):
        score = random.normal(bona_fide * 2.0, 1)
        found = percentile(ClusterBootstrap(groups, 200, seed=trial).eer_auc(score, bona_fide)[0])
        covered += found.low <= truth <= found.high
    assert 0.88 <= covered / trials <= 0.99


def test_exact_intervals_against_the_tabulated_ones():
    assert clopper_pearson(Rate(0, 60)).low == 0
    assert clopper_pearson(Rate(0, 60)).high == pytest.approx(0.0596, abs=5e-5)
    assert clopper_pearson(Rate(5, 20)).low == pytest.approx(0.0866, abs=5e-5)
    assert clopper_pearson(Rate(5, 20)).high == pytest.approx(0.4910, abs=5e-5)
    assert clopper_pearson(Rate(7, 7)).high == 1
    assert clopper_pearson(Rate(0, 0)) is None


def test_flags_of_small_counts():
    assert flags(Rate(0, 300)) == ("rule of 3",)
    assert flags(Rate(29, 300)) == ("rule of 30",)
    assert flags(Rate(30, 300)) == flags(Rate(0, 0)) == ()
    assert rule_of_3(300) == 0.01
    assert rule_of_3(2) == 1


def test_an_interval_needs_nearly_all_replicates():
    values = np.arange(100.0) / 100
    assert percentile(values).undefined == 0
    few_missing = np.where(np.arange(100) < 5, np.nan, values)
    assert percentile(few_missing).undefined == 5
    assert percentile(np.where(np.arange(100) < 6, np.nan, values)) is None


def test_minimum_detectable_difference_of_a_standard_error():
    assert minimum_detectable(0.01) == pytest.approx(0.01 * (1.959964 + 0.841621), abs=1e-6)
