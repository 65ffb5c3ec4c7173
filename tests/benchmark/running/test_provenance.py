"""The commit that is recorded is this project's, or none: never that of a repository in which it happens to lie."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.running import provenance
from tests.conftest import ROOT

NAME = ("-c", "user.name=a", "-c", "user.email=a@example.org")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *NAME, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Somebody's repository with one commit, in which `site` is ignored."""
    top = tmp_path / "theirs"
    top.mkdir()
    git(top, "init", "-q")
    (top / ".gitignore").write_text("site\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "theirs")
    return top


def installed(folder: Path) -> Path:
    """Our packages, copied there as an installation does."""
    for name in ("benchmark", "methods", "protocols"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "faces", "policy"))
    return folder


def asked(folder: Path, **environment: str) -> dict[str, object]:
    """What the copy there says of itself."""
    code = "import json; from benchmark.running.provenance import code; print(json.dumps(vars(code())))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin:/usr/local/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    import json

    return dict(json.loads(done.stdout))


def test_a_repository_that_only_encloses_us_is_not_asked(repository: Path) -> None:
    said = asked(installed(repository / "site"))
    assert (said["commit"], said["dirty"]) == (None, None)
    assert said["sources"] == provenance.sources_digest()


def test_nor_is_one_that_keeps_a_copy_of_us(repository: Path) -> None:
    installed(repository / "vendor")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "with a copy of a benchmark")
    assert asked(repository / "vendor")["commit"] is None


def test_our_own_checkout_is_and_its_changes_are_seen(tmp_path: Path, repository: Path) -> None:
    top = installed(tmp_path / "ours")
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "ours")
    assert asked(top)["commit"] == git(top, "rev-parse", "HEAD")
    assert asked(top)["dirty"] is False
    (top / "methods/__init__.py").write_text("# changed\n" + (top / "methods/__init__.py").read_text())
    within_a_hook = asked(top, GIT_DIR=str(repository / ".git"), GIT_WORK_TREE=str(repository))
    assert within_a_hook["commit"] == git(top, "rev-parse", "HEAD")
    assert within_a_hook["dirty"] is True
