"""The README promises only what runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from benchmark.__main__ import parser
from benchmark.results.runs import find
from tests.conftest import ROOT, environment
from tests.plugins import install, python

README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = [
    README,
    *(
        (ROOT / room / "README.md").read_text(encoding="utf-8")
        for room in ("benchmark", "methods", "protocols", "results", "tests")
    ),
]
COMMANDS = sorted(
    {line for page in ROOMS for line in re.findall(r"python -m benchmark ([^\n#`]+?)(?=\s{2,}|[`#\n]|$)", page)}
)


def test_there_are_commands_to_check():
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_is_understood(line):
    words = [word for word in shlex.split(line) if word not in ("METHOD]", "...")]
    if any(word.isupper() and len(word) > 1 for word in words):
        words = [word.replace("METHOD", "ms-lbp").replace("FILE", "file") for word in words]
    assert parser().parse_args(words).main


def test_the_method_of_the_readme_runs_as_a_plug_in_and_keeps_the_contract(command, tmp_path, demo_cache):
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "@register" in block)
    folder = tmp_path / "plugin"
    install(folder, "brightness", code, "methods")
    tried = python(folder, "-c", "from methods.contract import check_method; check_method('brightness')")
    assert (tried.returncode, tried.stdout, tried.stderr) == (0, "", "")
    path = f"{environment(demo_cache)['PYTHONPATH']}:{folder}"
    words = ("run", "--method", "brightness", "--protocol", "surf2siw", "--quiet")
    done = command(*words, "--results", str(tmp_path / "results"), PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    (run,) = find(tmp_path / "results")
    assert (run.method, run.title) == ("brightness", "Mean brightness")
    assert run.scores.responded.any()
    (model,) = run.model_folder().iterdir()
    model.unlink()
    (tmp_path / "me.png").write_bytes(b"")
    lost = command("predict", str(tmp_path / "me.png"), "--run", str(run.path), PYTHONPATH=path)
    assert (lost.returncode, lost.stderr.count("\n")) == (2, 1), lost.stderr
    assert model.name in lost.stderr


def test_no_file_of_the_project_names_a_machine_or_a_registry():
    suspicious = re.compile(r"(?<![\w.])/(?:work|farm|root)/|//[a-z.]*(?:pypi|npmjs|debian)\.(?:org|com)")
    for folder in ("benchmark", "methods", "protocols", "results/published", ".ci"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".py", ".md", ".toml", ".csv", ".sh", ".yaml") and file.is_file():
                assert not suspicious.search(file.read_text(encoding="utf-8")), Path(file).name
