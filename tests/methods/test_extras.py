"""Extras name what pyproject names, and what is missing is one line."""

from __future__ import annotations

import re
import tomllib

import pytest

import methods
from methods import extras
from protocols.errors import InputError
from tests.conftest import ROOT
from tests.plugins import python

DISTRIBUTIONS = {"open_clip": "open-clip-torch"}


def declared(extra: str) -> set[str]:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    names: set[str] = set()
    for text in listed[extra]:
        if inner := re.fullmatch(r"pad-benchmark\[(.*)\]", text):
            names |= set().union(*(declared(other) for other in inner[1].split(",")))
        else:
            names.add(re.split(r"[<>=!~;\[ ]", text)[0])
    return names


@pytest.mark.parametrize("extra", [name for name in extras.MODULES if name not in ("sharded", "vllm")])
def test_an_extra_names_the_modules_of_its_packages(extra):
    assert {DISTRIBUTIONS.get(module, module) for module in extras.MODULES[extra]} == declared(extra)


def test_every_method_names_an_extra_that_there_is():
    assert {kind.extra for kind in methods.METHODS.values()} == {"", "cnn", "clip", "mllm"}


def test_a_missing_module_is_one_line_that_names_extra_and_command():
    error = extras.missing(ModuleNotFoundError("no", name="open_clip.factory"))
    assert "open_clip" in str(error)
    assert "pad-benchmark[clip]" in str(error)
    assert extras.missing(ModuleNotFoundError("no", name="somebody.elses")) is None
    extras.require("", "nothing")
    extras.require("cnn", "method cnn")  # installed with the tests
    with pytest.raises(InputError, match=r"method x needs never_heard_of.*pad-benchmark\[odd\]"):
        extras.MODULES["odd"] = ("never_heard_of",)
        try:
            extras.require("odd", "method x")
        finally:
            del extras.MODULES["odd"]


HEAVY = {"torch", "torchvision", "transformers", "trl", "peft", "open_clip", "accelerate", "timm", "datasets"}
WITHOUT = f"""
import sys
from importlib.abc import MetaPathFinder
class Without(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise ModuleNotFoundError("No module named " + name, name=name)
sys.meta_path.insert(0, Without())
from benchmark.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "words", [["list"], ["table", "1", "--published"], ["sweep", "paper", "--dry-run", "--world", "demo"]]
)
def test_what_needs_no_torch_works_without_it(tmp_path, words):
    done = python(tmp_path, "-c", WITHOUT, *words, "--results", str(tmp_path / "results"))
    assert done.returncode == 0, done.stderr
