import numpy as np
import pytest

from benchmark.tables.collect import Choice, worlds
from benchmark.tables.kinds.seeds import seeds
from tests.benchmark.run_factory import made_up_scores, write_run

PROTOCOLS = ("cefa2hqwmca", "surf2hqwmca")


@pytest.fixture
def results(tmp_path):
    for protocol in PROTOCOLS:
        for method, separation in (("ms-lbp", 0.3), ("cnn", 2.0), ("grpo", 4.0)):
            scores = made_up_scores(separation=separation, seed=len(method))
            write_run(tmp_path, scores, method=method, protocol=protocol)
    return tmp_path


def world(results):
    return worlds(results, None, False)[0]


def test_seeds_have_mean_deviation_and_number(results):
    for seed in (1, 2):
        write_run(results, made_up_scores(separation=2, seed=seed), method="cnn", seed=seed)
    (table,) = seeds(world(results), Choice())
    (row,) = [row for row in table.rows if row.key == "cnn"]
    single = [hter_of(results, seed) for seed in (0, 1, 2)]
    assert table.cell(row, "mean").value == pytest.approx(np.mean(single))
    assert table.cell(row, "std").value == pytest.approx(np.std(single, ddof=1))
    assert [cell.value for cell in table.cells(row, "n")] == [3, 1]
    assert [cell.text for cell in table.cells(row, "std")][1] == "–"  # one seed has no deviation


def hter_of(results, seed):
    entry = world(results).entries["cnn", "cefa2hqwmca"]
    return next(m.outcomes.hter for m in entry.measure(Choice()) if m.run.seed == seed)
