"""The faces of a sweep as commands: every release and recipe once, in words that come to the same recipe."""

from __future__ import annotations

from benchmark.__main__ import parser
from benchmark.sweep import plan, preparing, state
from benchmark.sweep.plan import Needs, Resources
from protocols import world
from protocols.recipe import Recipe
from protocols.settings import changed, from_words


def test_each_recipe_is_one_command_that_means_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PAD_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "some.toml"
    file.write_text(
        '[[runs]]\nmethod = "ms-lbp"\nprotocol = ["surf2siw", "cefa2siw"]\n'
        '[[runs]]\nmethod = "ms-lbp"\nprotocol = "surf2siw"\n'
        'set = { size = 100, context = 1.7, detector = "boxes", detector_file = "some.toml" }\n'
    )
    monkeypatch.chdir(tmp_path)
    demo = world.demo_world()
    todo = state.entries(plan.load("some.toml", "demo"), demo, tmp_path / "results")
    needs = Needs(Resources(cpus=3))
    found = preparing.attempts(todo, needs, "demo", ["--world", "demo"], tmp_path / "logs")
    asked = {}
    for attempt in found:
        words = list(attempt.words[attempt.words.index("benchmark") + 1 :])
        args = parser().parse_args(words)
        (recipe,), _ = changed((Recipe.preset(args.preset),), from_words(args.set), "setting")
        asked[recipe] = set(args.release.split(","))
        assert (args.workers, args.world) == (3, "demo")
    usual, other = todo[0].spec.recipe, todo[-1].spec.recipe
    assert asked.keys() == {usual, other}
    assert asked[other] == set(todo[-1].spec.releases)
    assert asked[usual] == {name for entry in todo[:2] for name in entry.spec.releases}
    assert preparing.failure(usual, tmp_path / "logs") == ""
