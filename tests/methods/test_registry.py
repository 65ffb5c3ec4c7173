"""Methods in their registry; plug-ins in processes of their own, so that other tests see none."""

from __future__ import annotations

from pathlib import Path

import pytest

import methods
from methods import Method, Settings
from protocols.errors import InputError
from tests.plugins import install, python

PLUGIN = '''
from methods import Method, Predictions, register
import numpy as np

@register("coin-toss", title="Coin toss")
class CoinToss(Method):
    """Says nothing."""
    def fit(self, train, dev, job): pass
    def predict(self, faces, job): return Predictions(np.zeros(len(faces)))
    def save(self, folder): pass
    def load(self, folder, job): pass
'''


def test_names_are_found_with_hyphens_underscores_and_capitals() -> None:
    assert methods.get("ms_lbp") is methods.get("ms-lbp") is methods.get(" MS-LBP ")
    names = [cls.name for cls in methods.available()]
    assert names == sorted(names)
    assert {"ms-lbp", "colour-texture", "cnn"} <= set(names)


def test_an_unknown_name_comes_with_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"unknown method 'color-texture': did you mean colour-texture"):
        methods.get("color-texture")


def test_two_classes_of_one_name_and_odd_names_are_refused() -> None:
    class Other(Method):
        settings_class = Settings

    methods.get("ms-lbp")
    with pytest.raises(ValueError, match=r"two methods are called 'ms-lbp': methods\.ms_lbp\.MsLbp and .*Other"):
        methods.register("ms-lbp", title="x")(Other)
    for name in ("Ms-Lbp", "ms_lbp", "ms lbp", ""):
        with pytest.raises(ValueError, match="lower-case words"):
            methods.register(name, title="x")
    assert methods.get("ms-lbp").__name__ == "MsLbp"
    assert Other.name == ""


def test_an_installed_plug_in_is_a_method_like_any_other(tmp_path: Path) -> None:
    install(tmp_path, "coin_plugin", PLUGIN, "methods", "coin_plugin:CoinToss")
    code = "import methods; print(methods.get('coin_toss').title, 'ms-lbp' in [m.name for m in methods.available()])"
    assert python(tmp_path, "-c", code).stdout == "Coin toss True\n"


@pytest.mark.parametrize("source", ["import nothing_of_that_name", PLUGIN.replace("coin-toss", "ms-lbp")])
def test_a_broken_plug_in_harms_no_command_that_does_not_ask_for_it(tmp_path: Path, source: str) -> None:
    install(tmp_path, "broken_plugin", source, "methods", name="toss")
    done = python(tmp_path, "-m", "benchmark", "list")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "ms-lbp" in done.stdout
    assert "the method plug-in 'toss' (broken_plugin) cannot be loaded" in done.stderr
    asked = python(tmp_path, "-m", "benchmark", "list", "--settings", "toss")
    assert (asked.returncode, asked.stderr.count("\n")) == (2, 1)
    assert asked.stderr.startswith("error: the method plug-in 'toss'")
