"""One breakdown by species, whoever shows it."""

from __future__ import annotations

import re

import pytest

from benchmark.exchange.card import card
from benchmark.figures import canvas
from benchmark.figures.kinds import species as figure
from benchmark.metrics.intervals import clopper_pearson
from benchmark.metrics.species import breakdown
from benchmark.metrics.thresholds import parse
from benchmark.report import content
from benchmark.results.figures import Bounds
from benchmark.results.rates import Count, Outcomes, Rate
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.kinds.species import species
from benchmark.tables.measured import measure
from benchmark.tables.model import between
from tests.benchmark.figures.test_kinds import request
from tests.benchmark.run_factory import made_up_scores, write_run


def test_counts_order_intervals_and_what_is_too_few():
    outcomes = Outcomes(
        {"zebra": Count(3, 1, 0), "wig": Count(9, 0, 0), "print": Count(4, 1, 2), "bona fide": Count(8, 1, 1)}
    )
    rows = breakdown(outcomes, Bounds(0.1, 0.5))
    assert [(one.name, one.group, one.rate, one.silent) for one in rows] == [
        ("bona fide", "bona fide", Rate(2, 8), Rate(1, 8)),
        ("print", "2d", Rate(3, 4), Rate(2, 4)),
        ("wig", "other", Rate(0, 9), Rate(0, 9)),
        ("zebra", None, Rate(1, 3), Rate(0, 3)),
    ]
    assert rows[0].interval == (0.1, 0.5)
    for one in rows[1:]:
        exact = clopper_pearson(one.rate)
        assert one.interval == (exact.low, exact.high)
    assert [one.few for one in rows] == [("rule of 30",), ("rule of 30",), ("rule of 3",), ("rule of 30",)]
    assert "about 33.33 %" in rows[2].remarks[0]


def test_a_species_without_anybody_counted_has_no_interval():
    (only,) = breakdown(Outcomes({"bona fide": Count(2, 0, 2)}, "exclude"), Bounds(0, 1))
    assert (only.rate, only.interval, only.few) == (Rate(0, 0), None, ())


@pytest.mark.parametrize("separation", [2.0, 30.0, -30.0])
def test_table_figure_report_and_card_show_the_same(tmp_path, separation):
    run = write_run(tmp_path, made_up_scores(separation=separation))
    measured = measure(run, parse("answer"), "error")
    wanted = [(one.title, str(one.rate.n), str(one.rate.errors), between(one.interval)) for one in measured.species]
    (table,) = species(worlds(tmp_path, None, False)[0], Choice(methods=(run.method,)))
    assert [
        (r.title, *(table.cell(r, name).text for name in ("n", "errors", "95 % interval"))) for r in table.rows
    ] == wanted
    report = content.section(measured, 1, charts=False).species
    assert [(r[0].text, r[2].text, r[3].text, r[5].text) for r in report] == wanted
    shown = re.findall(r"^\| (.+) \| (\d+) \| (\d+) \| [\d.]+ \| (.+) \|$", card(measured), re.M)
    assert [(title.replace("\\", ""), *rest) for title, *rest in shown] == wanted
    with canvas.style():
        (axes, *_) = figure.draw(request(tmp_path, "6", method=run.method)).figure.axes
    bars = [line.get_paths()[0].vertices[:, 0] for line in axes.collections]
    assert [between((low / 100, high / 100)) for low, high in bars] == [interval for *_, interval in wanted]


def test_the_bpcer_has_no_point_for_an_interval(tmp_path):
    """No error among 40 is no certainty, also where resampling can find none."""
    measured = measure(write_run(tmp_path, made_up_scores(separation=30)), parse("answer"), "error")
    exact = clopper_pearson(Rate(0, 40))
    assert measured.species[0].interval == measured.interval("frr") == (0, round(exact.high, 6))
    assert measured.interval("far") == (0, round(clopper_pearson(Rate(0, 60)).high, 6))
    low, high = measured.interval("hter")
    assert (low, high) == (
        0,
        pytest.approx((clopper_pearson(Rate(0, 40)).high + clopper_pearson(Rate(0, 60)).high) / 2, abs=1e-6),
    )
