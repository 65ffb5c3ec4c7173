"""A figure is one file, also when it comes from elsewhere."""

from __future__ import annotations

import pytest

from benchmark.__main__ import main
from tests.benchmark.run_factory import write_run
from tests.plugins import install, python

PLUGIN = """
from benchmark.figures import canvas
from benchmark.figures.registry import register
from benchmark.figures.request import Drawing

@register("worst", about="the worst species of a run at 100 % of its size")
def draw(request):
    worst = request.measured().outcomes.apcer_max
    figure = canvas.blank(3, 2)
    figure.add_subplot().bar([0], [worst.rate.value])
    return Drawing(figure, canvas.file_name("worst", request.method))
"""


def test_a_figure_of_a_plug_in_is_one_like_any_other(tmp_path):
    write_run(tmp_path / "results", method="cnn")
    install(tmp_path / "plugin", "worst_plugin", PLUGIN, "figures")
    words = ["-m", "benchmark", "figure", "worst", "--method", "cnn", "--results", str(tmp_path / "results")]
    done = python(tmp_path / "plugin", *words, "--output", str(tmp_path / "figures"))
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["worst-cnn.png", "worst-cnn.svg"]
    listed = python(tmp_path / "plugin", "-m", "benchmark", "figure", "--help").stdout
    assert "worst: the worst species of a run at 100 % of its size" in " ".join(listed.split())


def test_a_broken_figure_harms_no_other_and_asking_for_it_is_one_line(tmp_path):
    write_run(tmp_path / "results", method="cnn")
    install(tmp_path / "plugin", "worst_plugin", PLUGIN + "raise SystemExit(7)", "figures", name="worst")
    words = ["-m", "benchmark", "figure", "worst", "--method", "cnn", "--results", str(tmp_path / "results")]
    done = python(tmp_path / "plugin", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the figure plug-in 'worst' (worst_plugin) cannot be loaded: SystemExit: 7" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["dett"], "unknown figure 'dett': did you mean det"),
        (["det", "--pictures"], "--pictures: figure det shows no faces; it belongs to figure 7"),
    ],
)
def test_wrong_words_are_one_line(tmp_path, capsys, words, says):
    write_run(tmp_path, method="grpo")
    assert main(["figure", *words, "--results", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
