from __future__ import annotations

import os
from pathlib import Path

import pytest

from protocols.demo import build


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small build, drawn in one process, that the tests only read; parallel test processes share it."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return build(shared / "demo", size="small", workers=1, progress=False)
