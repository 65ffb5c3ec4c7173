"""Scores that rank the wrong way round are found, scores without information are not accused of it."""

import numpy as np
import pytest

from benchmark.metrics.intervals import ClusterBootstrap
from benchmark.metrics.polarity import backwards
from benchmark.metrics.roc import auc
from benchmark.metrics.thresholds import answered
from tests.benchmark.run_factory import made_up_scores


def test_turned_scores_are_found_with_their_auc():
    turned = made_up_scores(separation=-2)
    assert backwards(turned) == auc(answered(turned)) < 0.5


def test_good_scores_are_not():
    assert backwards(made_up_scores(separation=2)) is None


def test_chance_is_accused_no_more_often_than_it_should_be():
    found = [backwards(made_up_scores(separation=0, seed=seed)) for seed in range(200)]
    assert sum(area is not None for area in found) <= 12  # one side of a 95 % interval: 5 of 200 on average


def test_a_handful_proves_nothing():
    assert backwards(made_up_scores(bona_fide=2, attack=2, separation=-20)) is None


@pytest.mark.parametrize("per_group", [1, 10])
def test_the_limit_is_that_of_the_bootstrap_over_clusters(per_group):
    """Where the bootstrap's interval is clearly on one side of a half, so is the verdict."""
    for seed, separation in enumerate(np.linspace(-1.2, -0.1, 12)):
        scores = made_up_scores(bona_fide=60, attack=90, separation=separation, per_group=per_group, seed=seed)
        high = np.quantile(ClusterBootstrap(scores.group).eer_auc(scores.score, scores.bona_fide)[1], 0.975)
        if abs(high - 0.5) > 0.03:
            assert (backwards(scores) is not None) == (high < 0.5), (seed, high)
