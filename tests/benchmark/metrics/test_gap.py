"""In-domain figures: the sources' unused part under the threshold of their dev part, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics.gap import in_domain
from benchmark.metrics.thresholds import decide, parse
from benchmark.results.records import TEST_SCORES
from benchmark.results.runs import Run
from tests.benchmark.run_factory import made_up_scores, write_run


@pytest.fixture
def run(tmp_path):
    dev, test = made_up_scores(seed=1, separation=2), made_up_scores(seed=2, separation=1, silent=3)
    made = write_run(tmp_path, made_up_scores(seed=3, separation=0.5), dev=dev)
    test.write(made.path / TEST_SCORES)
    made.with_files(made.path).write(made.path)
    return Run.open(made.path)


def test_the_test_part_is_decided_by_the_threshold_of_dev(run):
    policy = parse("source-eer")
    found = in_domain(run, policy)
    test = run.test_scores
    threshold = decide(policy, run.scores, run.dev_scores).threshold
    assert found.part == "test"
    refused = (~(test.score >= threshold))[test.bona_fide]  # NaN, no answer, counts as an error
    accepted = (~(test.score < threshold))[~test.bona_fide]
    assert found.outcomes.frr.value == pytest.approx(refused.mean())
    assert found.outcomes.far.value == pytest.approx(accepted.mean())
    bona_fide = np.where(np.isnan(test.score), -np.inf, test.score)[test.bona_fide]
    attack = np.where(np.isnan(test.score), np.inf, test.score)[~test.bona_fide]
    pairs = (bona_fide[:, None] > attack) + 0.5 * (bona_fide[:, None] == attack)
    assert found.auc == pytest.approx(pairs.mean())


def test_left_out_non_responses_and_sources_without_a_test_part(run, tmp_path):
    exclude = in_domain(run, parse("fixed:0"), "exclude")
    assert exclude.outcomes.frr.n == 37
    old = write_run(tmp_path / "old", dev=made_up_scores(seed=1))
    assert in_domain(old, parse("source-eer")).part == "dev"
    assert in_domain(write_run(tmp_path / "alone"), parse("answer")) is None
