"""The contract test of methods, for the suites of this project and of plug-ins alike.

    from methods.contract import check_method

    def test_my_method():
        check_method("my-method")

It trains the method on a few small synthetic faces with its `contract_settings` (a minute is too long), and needs no
pytest. `CHECKS` are the single demands, each of a `Trial`, for suites that want a test for each.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import methods
from methods.contract.checks import CHECKS
from methods.contract.trial import Trial
from methods.method import Method

__all__ = ["CHECKS", "Trial", "check_method"]


def check_method(method: str | type[Method], cache: Path | None = None) -> None:
    """Try everything that a registered method must do. Raises AssertionError that says what is wrong.

    `cache` is a folder for what methods keep between runs (`Job.cache`), such as the demo's CLIP (default: a new one).
    """
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial.of(methods.get(method) if isinstance(method, str) else method, Path(folder), cache)
        for check in CHECKS:
            check(trial)
