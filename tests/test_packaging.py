"""What is installed is what is here: the wheel works outside the clone, and asks for the packages that it uses."""

from __future__ import annotations

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

PACKAGES = ("benchmark", "methods", "protocols")
THROUGH_OTHERS = {"torchvision": "the picture processors of transformers' Qwen2.5-VL"}
"""Dependencies that no line here imports, and who does."""


def started(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(words, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    started(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; its other packages are those of this one, found by a path file."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv is not on the path: `pip install uv`"
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    started(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
    python = folder / "bin" / "python"
    started(uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python), str(wheel))
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_every_file_of_the_packages_and_the_published_tables(wheel: Path) -> None:
    files = (path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file())
    wanted = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    published = {f"benchmark/published/{file.name}" for file in (ROOT / "results" / "published").glob("*.csv")}
    assert {f"benchmark/published/table{number}.csv" for number in "123"} <= published
    assert held == wanted | published
    assert {f"{name}/py.typed" for name in PACKAGES} <= held


def test_the_wheel_works_outside_the_clone(installed: Path, tmp_path: Path, demo_cache: Path) -> None:
    def run(*words: str) -> str:
        return started(*words, cwd=tmp_path, env=environment(demo_cache) | {"PYTHONPATH": ""}).stdout

    python, script = str(installed / "bin" / "python"), str(installed / "bin" / "pad-benchmark")
    where = run(python, "-c", "import benchmark, methods, protocols as p; print(p.__file__, methods.__file__)")
    assert {Path(word).is_relative_to(installed) for word in where.split()} == {True}
    assert "ms-lbp" in run(script, "list")
    table = run(python, "-m", "benchmark", "table", "1", "--published")
    assert re.search(r"^Ours, published.* 9\.74\*", table, re.MULTILINE), table
    assert "ok       machine" in run(script, "doctor", "--sample", "1", "--quiet")


def imported() -> dict[str, str]:
    """Every package from elsewhere that a line imports, and a file that does."""
    found: dict[str, str] = {}
    for file in (path for name in PACKAGES for path in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {name.partition(".")[0]: file.name for name in names}
    return {
        name: file for name, file in found.items() if name not in {*sys.stdlib_module_names, *PACKAGES, "_typeshed"}
    }


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_used_and_every_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {plain(re.split(r"[<>=!~;\[ ]", text)[0]) for text in itertools.chain(*listed)}
    declared -= {"pad-benchmark", "deepspeed", "vllm"}  # itself; what `accelerate` and `trl` open
    owners = {module: {plain(name) for name in names} for module, names in packages_distributions().items()}
    used = {name: owners.get(name, {plain(name)}) for name in imported()}
    assert {name for name, owner in used.items() if not owner & declared} == set(), "not declared"
    assert declared - set().union(*used.values()) == set(THROUGH_OTHERS), "not used"
