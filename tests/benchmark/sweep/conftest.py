"""Sweeps of a method that only takes its time, started as people start them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import debian
from tests.conftest import ROOT, environment
from tests.slurm import node


class Sweeps:
    """A results folder, a plug-in method and a journal of the steps that its runs finished."""

    def __init__(self, folder: Path, cache: Path, plugin: Path) -> None:
        self.folder, self.results, self._journal = folder, folder / "results", folder / "journal"
        path = f"{ROOT}{os.pathsep}{plugin}"
        self.environment = environment(cache) | {"PYTHONPATH": path, "PAD_JOURNAL": str(self._journal)}

    def write(self, *blocks: str, name: str = "work.toml") -> Path:
        """A sweep's file; each block becomes a [[runs]] of `steady` on one protocol."""
        head = '[[runs]]\nmethod = "steady"\nprotocol = "surf2siw"\n'
        file = self.folder / name
        file.write_text("".join(head + block + "\n" for block in blocks) + '[resources.demo."*"]\nmemory_gb = 0.1\n')
        return file

    def start(self, *words: object, **more: str) -> subprocess.Popen[str]:
        """`sweep ...` in a process of its own."""
        whole = [sys.executable, "-m", "benchmark", "sweep", *map(str, words), "--world", "demo"]
        return subprocess.Popen(
            [*whole, "--results", str(self.results)],
            env=self.environment | more,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: object, **more: str) -> tuple[int, str]:
        """`sweep ...` to its end: exit code and output."""
        process = self.start(*words, **more)
        out, _ = process.communicate(timeout=300)
        return process.returncode, out

    def steps(self) -> Counter[tuple[int, int]]:
        """How often each (seed, step) was finished."""
        lines = self._journal.read_text().splitlines() if self._journal.exists() else []
        return Counter(tuple(json.loads(line)) for line in lines)

    def wait_for(self, what: Callable[[], object]) -> None:
        """Return once something is so; fails after a minute or two."""
        until = time.monotonic() + 150
        while not what():
            assert time.monotonic() < until, "nothing happened"
            time.sleep(0.02)

    def made(self) -> dict[str, bytes]:
        """The score files by run."""
        found = self.results.glob("runs/demo/*/*/s*/scores.parquet")
        return {str(file.parent.relative_to(self.results)): file.read_bytes() for file in found}


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plug-in, for PYTHONPATH."""
    spec = importlib.util.spec_from_file_location("steady_plugin", Path(__file__).with_name("plugin.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.install(tmp_path_factory.mktemp("plugin"))


@pytest.fixture
def sweeps(tmp_path: Path, demo_cache: Path, plugin: Path) -> Sweeps:
    """Sweeps in a folder of this test."""
    return Sweeps(tmp_path, demo_cache, plugin)


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A real Slurm of one node: the environment of its commands.

    Its daemons need root, and packages. Where there is neither, the tests that need Slurm are skipped, with the reason.
    """
    if os.geteuid():
        pytest.skip("no Slurm here: its daemons need root (.ci/run runs these tests)")
    debian.require(node.DAEMONS, node.PACKAGES)
    folder = tmp_path_factory.mktemp("slurm")
    try:
        yield node.start(folder)
    finally:
        node.stop(folder)
