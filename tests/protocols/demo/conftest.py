from __future__ import annotations

from pathlib import Path

import pytest

from protocols.demo import build


@pytest.fixture(scope="session")
def roots(demo_cache: Path) -> dict[str, Path]:
    """The small demo world of this session, which the tests only read."""
    return build(demo_cache, size="small", workers=1, progress=False)
