"""Figures are pure functions of score files: every one drawn, the same bytes twice, gaps named, nothing invented."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmark.__main__ import main
from benchmark.figures import canvas
from benchmark.figures.kinds import curves, det, epc, gallery, histogram, sensitivity, species
from benchmark.figures.registry import FIGURES
from benchmark.figures.request import Request
from benchmark.metrics.thresholds import by_species
from benchmark.results.pictures import Pictures
from benchmark.tables.collect import worlds
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run

PROTOCOLS = ("cefa2hqwmca", "surf2hqwmca", "cefa2siw")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """`grpo` on three protocols, with words, a curve, and runs for figures 4 and 5 that leave one value out."""
    folder = tmp_path_factory.mktemp("results")
    dev = made_up_scores(seed=1)
    for protocol in PROTOCOLS:
        scores = made_up_scores(separation=3.0, silent=1)
        words = tuple("<thinking>even light on skin</thinking><answer>real</answer>" for _ in range(len(scores)))
        rows = [{"step": i, "reward": i / 10, "rewards/format/mean": 1.0, "repetition": 0.1} for i in range(5)]
        write_run(
            folder,
            scores.with_columns(text=words),
            method="grpo",
            protocol=protocol,
            dev=dev,
            settings={"generations": 6},
            choices={"train_fraction": 1.0},
            log=rows,
        )
    for name, values in (("train_fraction", (0.1, 0.25, 0.75)), ("generations", (2, 4))):
        for value in values:
            write_run(folder, made_up_scores(separation=1 + value / 4), method="grpo", dev=dev, overrides={name: value})
    return folder


def request(results, kind="4", method="grpo", protocol="cefa2hqwmca", **more):
    return Request(kind, results, worlds(results, None, False)[0], method, protocol, **more)


def test_every_figure_as_svg_and_png_with_the_same_bytes_twice(results, tmp_path):
    for kind in FIGURES:
        for folder in ("a", "b"):
            words = ["figure", kind, "--results", str(results), "--output", str(tmp_path / folder)]
            assert main(words) == 0
    first, second = ({f.name: f.read_bytes() for f in (tmp_path / d).iterdir()} for d in "ab")
    assert len(first) == 2 * len(FIGURES)
    assert first == second
    for name, content in first.items():
        if name.endswith(".svg"):
            ElementTree.fromstring(content)
            assert b"<dc:date>" not in content
        else:
            assert content.startswith(b"\x89PNG")


def test_figure_4_takes_its_points_from_runs_and_leaves_a_gap_where_there_is_none(results):
    with canvas.style():
        drawing = sensitivity.draw(request(results, "4"))
    axes = drawing.figure.axes[0]
    measured = {0.1, 0.25, 0.75, 1.0}
    drawn = {
        float(line.get_xdata()[0])
        for line in axes.lines
        if line.get_marker() == "o" and line.get_color() == canvas.BLUE
    }
    assert drawn == measured
    assert any(text.get_text() == "no run" for text in axes.texts)
    assert [gap for gap in drawing.gaps if "--set train_fraction=0.5`" in gap] == list(drawing.gaps)


def test_figure_5_places_the_usual_run_at_its_own_number(results):
    usual, points = sensitivity._points(request(results, "5"), sensitivity.SWEPT["5"])
    assert usual == 6
    assert sorted(points) == [2, 4, 6]
    [point] = points[6]
    assert point.outcomes.hter == request(results).measured().outcomes.hter


def test_a_method_without_runs_is_one_line_with_the_command(results):
    for kind, draw in (("4", sensitivity.draw), ("6", species.draw), ("det", det.draw)):
        with canvas.style(), pytest.raises(InputError, match="python -m benchmark run --method sft") as caught:
            draw(request(results, kind, method="sft"))
        assert "\n" not in str(caught.value)


def test_figure_4_of_a_method_without_the_setting_is_refused(results):
    with pytest.raises(InputError, match="ms-lbp has no setting generations"):
        sensitivity.draw(request(results, "5", method="ms-lbp"))


def test_figure_6_shows_the_counts_of_every_species_and_an_empty_panel(results):
    with canvas.style():
        drawing = species.draw(request(results, "6"))
    panels = {axes.get_title(): [text.get_text() for text in axes.texts] for axes in drawing.figure.axes}
    found = request(results).measured().outcomes
    rates = [found.rate(name) for name in ("bona fide", "print", "replay", "rigid mask")]
    assert panels["CeFA to HQ-WMCA"] == [f"{rate.errors}/{rate.n}" for rate in rates]
    assert "surf2siw" in panels["SURF to SiW-Mv2"][0].replace("\n", " ")
    assert drawing.gaps == ("no run of grpo: `python -m benchmark run --method grpo --protocol surf2siw` makes one",)
    labels = [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()]
    assert labels == ["real", "print", "replay", "rigid mask"]


def test_figure_7_chooses_by_id_alone():
    scores = made_up_scores(seed=3)
    one = gallery.chosen(scores.with_columns(text=("yes",) * len(scores)))
    other = gallery.chosen(scores.with_columns(text=("no",) * len(scores), score=-scores.score))
    assert one == other
    assert [str(scores.species[i]) for i in one] == ["bona fide", "print", "replay", "rigid mask"]


def test_figure_7_of_a_method_without_words_is_refused(results, tmp_path):
    write_run(tmp_path, made_up_scores())
    with canvas.style(), pytest.raises(InputError, match="keeps no words"):
        gallery.draw(request(tmp_path, "7", method="ms-lbp"))


def test_deviates_are_the_normal_quantiles_and_end_at_the_edge():
    from scipy.stats import norm

    rates = np.array([0.01, 0.2, 0.5, 0.99])
    assert np.allclose(det.deviate(rates), norm.ppf(rates))
    assert np.allclose(det.deviate([0.0, 1.0]), [norm.ppf(det.EDGE / 100), -norm.ppf(det.EDGE / 100)])


def test_det_keeps_every_corner_of_the_staircase():
    from benchmark.metrics.roc import curve
    from benchmark.metrics.thresholds import by_species

    scores = made_up_scores(seed=5, silent=2)
    for name, (apcer, bpcer, n) in det.species_curves(scores).items():
        whole = curve(by_species(scores, silent_is_error=True)[name])
        assert n == whole.n_attack
        steps = {*zip(whole.far, whole.frr, strict=True)}
        kept = [*zip(apcer, bpcer, strict=True)]
        assert set(kept) <= steps
        for far, frr in steps:  # what was left out lies on a straight step between two that were kept
            assert any(
                min(a[0], b[0]) <= far <= max(a[0], b[0]) and min(a[1], b[1]) <= frr <= max(a[1], b[1])
                for a, b in itertools.pairwise(kept)
            )


def test_histogram_counts_everybody_who_answered():
    scores = made_up_scores(silent=3)
    score = scores.score.copy()
    score[0] = np.inf
    edges, bona_fide, attack = histogram.binned(scores.with_columns(score=score))
    assert bona_fide.sum() == 37
    assert attack.sum() == 57
    assert np.isfinite(edges).all()


def test_curves_leave_out_what_is_no_figure():
    log = [{"step": 1, "reward": 0.5, "note": "text", "epoch": 0.1}, {"step": 2, "reward": float("nan"), "kl": 1}]
    assert curves.curves(log) == {"reward": ([1], [0.5]), "kl": ([2], [1])}


def test_a_run_without_a_curve_is_refused(tmp_path):
    write_run(tmp_path, made_up_scores())
    with canvas.style(), pytest.raises(InputError, match="no training curve"):
        curves.draw(request(tmp_path, "curves", method="ms-lbp"))


def test_characters_without_a_glyph_are_marked():
    assert canvas.drawable("a\u4e00\x1b[31m\u202eb") == "a\ufffd\ufffd[31m\ufffdb"


def test_the_folder_cannot_be_written(results, tmp_path):
    (tmp_path / "file").write_text("")
    with canvas.style(), pytest.raises(InputError, match="cannot be written"):
        canvas.save(det.draw(request(results)), tmp_path / "file", "demo")


def test_pictures_come_from_the_store_that_the_run_was_made_from(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), np.uint8)
    digest = write_store(tmp_path / "faces" / "hq-wmca-1-2", pixels)
    run = write_run(tmp_path / "results", made_up_scores(), digests={"target": digest})
    crop = Pictures(tmp_path).crop(run, "hq-wmca", "a", side=32)
    assert np.array_equal(crop, pixels[1])
    assert Pictures(tmp_path).data_url(run, "hq-wmca", "a").startswith("data:image/jpeg;base64,")
    other = write_run(tmp_path / "results", made_up_scores(), method="cnn")
    with pytest.raises(InputError, match="leave out --pictures"):
        Pictures(tmp_path).crop(other, "hq-wmca", "a")


def write_store(folder, pixels):
    """A face store of one presentation `a`; returns its digest."""
    from protocols.store.journal import Journal
    from protocols.store.store import FORMAT, Store, hash_pixels

    head = {"format": FORMAT, "release": "hq-wmca", "release_digest": "x", "recipe": {"size": 32}}
    row = {"id": "a", "frames": len(pixels), "context": 1.0, "sizes": [[32, 32]] * len(pixels), "near": []}
    with Journal(folder, head) as journal:
        journal.append(row | {"sha256": hash_pixels(list(pixels)), "failure": None}, list(pixels))
        journal.finish()
    return Store.open(folder).digest


def test_faces_are_asked_for_where_there_are_any(results, capsys):
    assert main(["figure", "4", "--pictures", "--results", str(results)]) == 2
    assert "shows no faces" in capsys.readouterr().err


def test_the_performance_curve_ends_where_one_side_is_all_that_counts(results):
    (axes,) = epc.draw(request(results, "epc")).figure.axes
    weights, hter = axes.lines[0].get_data()
    assert (weights[0], weights[-1]) == (0, 1)
    assert hter[len(hter) // 2] < min(hter[0], hter[-1])  # separated classes: a threshold between them is better
    assert hter[0] > 20


def test_no_performance_curve_without_a_dev_part(tmp_path):
    write_run(tmp_path, made_up_scores(), method="grpo")
    with pytest.raises(InputError, match="no performance curve"):
        epc.draw(request(tmp_path, "epc"))


def test_det_and_epc_draw_every_method_that_is_asked_for(tmp_path):
    for seed, method in enumerate(("cnn", "ms-lbp")):
        write_run(tmp_path, made_up_scores(seed=seed), method=method, dev=made_up_scores(seed=7))
    for kind, draw in (("det", det.draw), ("epc", epc.draw)):
        with canvas.style():
            drawing = draw(request(tmp_path, kind, "cnn", others=("ms-lbp", "cnn")))
        (axes,) = drawing.figure.axes
        said = [text.get_text() for text in axes.get_legend().get_texts()]
        assert [words.split()[0] for words in said] == ["CNN", "MS-LBP"]
        assert drawing.name == f"{kind}-cnn-ms-lbp-cefa2hqwmca"


def test_the_worst_curve_holds_the_greatest_apcer_of_every_threshold():
    scores = made_up_scores(separation=1.0, silent=2)
    apcer, bpcer, n = det.worst_curve(scores)
    assert n == 60
    steps = list(itertools.pairwise(zip(apcer.tolist(), bpcer.tolist(), strict=True)))
    sides = list(by_species(scores, silent_is_error=True).values())
    for threshold in np.linspace(-4, 4, 60):
        points = [side.at(float(threshold)) for side in sides]
        far, frr = max(point.far.value for point in points), points[0].frr.value
        assert any(b[0] - 1e-9 <= far <= a[0] + 1e-9 and a[1] - 1e-9 <= frr <= b[1] + 1e-9 for a, b in steps)


def test_a_figure_of_one_method_refuses_several(results, capsys):
    words = ["figure", "6", "--method", "grpo", "--method", "cnn", "--results", str(results)]
    assert main(words) == 2
    assert "figure 6 draws one method; figures that draw several: det, epc" in capsys.readouterr().err
