"""What several tests share: one small demo world a test process, and runs started as people start them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # tests run side by side; a second thread would only wait for the first

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of a small demo world, written once and shared by all test processes of a session."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "demo-cache"


@pytest.fixture
def command(demo_cache: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`command("run", "--method", ...)`: the command line in a process of its own, in the small demo world."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "benchmark", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(demo_cache) | more,
        )

    return run


def environment(cache: Path) -> dict[str, str]:
    """The environment of a process that works in the small demo world."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PAD_")}
    return kept | {"PAD_CACHE": str(cache), "PAD_DEMO": "small", "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
