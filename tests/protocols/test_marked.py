"""A miniature of the demo is known by its mark, wherever its folder lies, and is measured by its own counts."""

from __future__ import annotations

import shutil

from protocols.demo import build
from protocols.ledger import shortfalls
from protocols.marked import MARKER, counts, mark, published
from protocols.releases.registry import compare, discover


def test_a_whole_miniature_is_complete_against_its_own_counts(demo_cache):
    for name, root in build(demo_cache, size="small").items():
        release = discover(name, root)
        assert release.published == counts(release) == published(root)
        assert all("found" in line and "(" not in line for line in compare(release))
        assert shortfalls(release, release.presentations, release.presentations) == []


def test_a_copy_from_which_something_was_deleted_is_partial(demo_cache, tmp_path):
    root = tmp_path / "moved"
    shutil.copytree(build(demo_cache, size="small")["siw-mv2"], root)
    replays = list(root.rglob("Replay_*"))
    assert replays
    for file in replays:
        file.unlink()
    release = discover("siw-mv2", root)
    (lack,) = [s for s in shortfalls(release, release.presentations, release.presentations) if "replay" in s.of]
    assert lack.found == 0
    assert lack.published > 0


def test_a_release_without_a_mark_and_a_damaged_mark_have_no_counts_of_their_own(tmp_path):
    assert mark(tmp_path / "x") is None
    (tmp_path / MARKER).write_text("[1, 2")
    assert published(tmp_path) is None
    (tmp_path / MARKER).write_text('{"published": {"print": "many"}}')
    assert published(tmp_path) is None
