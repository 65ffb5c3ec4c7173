"""Plug-ins as an installer leaves them, and processes of their own in which they are found: other tests see none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def install(folder: Path, module: str, source: str, group: str, target: str = "", name: str = "") -> None:
    """A module and its metadata with an entry point `name = target` (default: the module, called as it is)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[pad_benchmark.{group}]\n{name or module} = {target or module}\n")


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python WORDS` with the plug-ins of a folder in its path."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
