"""The registry in processes of its own: what is registered here must not be seen by other tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import methods
from methods import Method, Settings
from protocols.errors import InputError

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


def install(folder: Path, module: str, source: str, target: str) -> None:
    """What an installer leaves behind: a module and its metadata with an entry point."""
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{methods.ENTRY_POINTS}]\ntoss = {target}\n")


def python(folder: Path, code: str) -> str:
    root = Path(methods.__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(root)])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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


def test_an_installed_plug_in_is_a_method_like_any_other(tmp_path: Path) -> None:
    install(tmp_path, "coin_plugin", PLUGIN, "coin_plugin:CoinToss")
    code = "import methods; print(methods.get('coin_toss').title, 'ms-lbp' in [m.name for m in methods.available()])"
    assert python(tmp_path, code) == "Coin toss True"


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("import nothing_of_that_name", "broken_plugin", "nothing_of_that_name"),
        ("x = 1", "broken_plugin:Missing", "Missing"),
        (PLUGIN.replace("coin-toss", "ms-lbp"), "broken_plugin:CoinToss", "two methods are called"),
    ],
)
def test_a_broken_plug_in_is_one_line(tmp_path: Path, source: str, target: str, reason: str) -> None:
    install(tmp_path, "broken_plugin", source, target)
    code = (
        "import methods\nfrom protocols.errors import InputError\n"
        "try: list(methods.available())\nexcept InputError as error: print(error)"
    )
    message = python(tmp_path, code)
    assert message.startswith("the method plug-in 'toss'")
    assert reason in message
    assert "\n" not in message
