"""CONTRIBUTING.md promises only what works: its release and its protocol are tried as a plug-in's author would."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT
from tests.own_data import face
from tests.plugins import install, python

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(language: str, word: str) -> str:
    (found,) = (text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if word in text)
    return found


def rig(folder):
    for split in ("train", "dev", "test"):
        for subject in "ab":
            face(folder / split / f"{split}{subject}_live.png", attack=False)
            face(folder / split / f"{split}{subject}_print.png", attack=True)
    return folder


def test_the_release_keeps_the_contract_of_releases(tmp_path):
    install(tmp_path / "plugin", "rig", block("python", "@register"), "releases", name="bench-rig")
    code = "import sys, pathlib; from protocols.contract import check_release as check; "
    code += "check('bench-rig', pathlib.Path(sys.argv[1]))"
    tried = python(tmp_path / "plugin", "-c", code, str(rig(tmp_path / "copy")))
    assert (tried.returncode, tried.stdout, tried.stderr) == (0, "", "")


def test_release_and_protocol_make_a_run(tmp_path):
    install(tmp_path / "plugin", "rig", block("python", "@register"), "releases", name="bench-rig")
    config = tmp_path / "benchmark.toml"
    config.write_text(
        f'name = "bench"\ncache = "{tmp_path / "cache"}"\n[releases]\nbench-rig = "{rig(tmp_path / "copy")}"\n'
        + block("toml", "[protocols.rig-own]")
    )
    words = ("--config", str(config), "--results", str(tmp_path / "results"))
    run = ("-m", "benchmark", "run", "--method", "ms-lbp", "--protocol", "rig-own", "--quiet", *words)
    done = python(tmp_path / "plugin", *run)
    assert done.returncode == 0, done.stderr
    table = python(tmp_path / "plugin", "-m", "benchmark", "table", "1", "--suite", "rigs", *words)
    assert table.returncode == 0, table.stderr
    assert "MS-LBP" in table.stdout


def test_the_entry_points_are_those_that_are_looked_at():
    named = set(tomllib.loads(block("toml", "entry-points"))["project"]["entry-points"])
    named |= {f"pad_benchmark.{word}" for word in re.findall(r"`(?:pad_benchmark)?\.(\w+)`", PAGE)} - {
        "pad_benchmark.ci"
    }
    kinds = set()
    for folder in ("benchmark", "methods", "protocols"):
        for file in (ROOT / folder).rglob("*.py"):
            kinds |= set(re.findall(r"= Registry\(\s*\"(\w+)\"", file.read_text(encoding="utf-8")))
    assert named == {f"pad_benchmark.{kind}s" for kind in kinds}
