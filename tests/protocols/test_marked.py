"""A miniature of the demo is known by its mark, wherever its folder lies, and is measured by its own counts."""

from __future__ import annotations

import shutil

from protocols.demo import build
from protocols.ledger import shortfalls
from protocols.marked import MARKER, counts, mark, published
from protocols.releases.registry import compare, discover
from protocols.releases.scan import scan


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
    (tmp_path / MARKER).write_text('{"release": "siw-mv2", "published": {"print": "many"}}')
    assert published(tmp_path) is None


def test_a_miniature_is_known_wherever_its_folder_is_used(demo_cache, tmp_path):
    """Itself, a copy, a link to it, a folder of links to its parts, its parent; and a list read back from the cache."""
    whole = build(demo_cache, size="small")["siw-mv2"]
    shutil.copytree(whole, tmp_path / "copy")
    (tmp_path / "link").symlink_to(whole)
    (tmp_path / "parts").mkdir()
    for part in whole.iterdir():
        if part.is_dir():
            (tmp_path / "parts" / part.name).symlink_to(part)
    for root in (whole, tmp_path / "copy", tmp_path / "link", tmp_path / "parts"):
        release = scan("siw-mv2", root, tmp_path / "cache", allowed=[whole])
        assert release.demo
        assert scan("siw-mv2", root, tmp_path / "cache", allowed=[whole]).demo
    (tmp_path / "copy" / MARKER).unlink()
    assert not scan("siw-mv2", tmp_path / "copy", tmp_path / "cache").demo


def test_somebody_elses_demo_json_marks_nothing(tmp_path):
    for name in ("Live/Live_1.mov", "Spoof/Replay/Replay_1.mov"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" + name.encode())
    for content in ("[]", "{}", '{"demo": true}', "nonsense", "\0"):
        (tmp_path / MARKER).write_text(content)
        assert not discover("siw-mv2", tmp_path).demo
