from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from protocols.discovery.walk import Outline, allowing, beside, shown, walk
from protocols.errors import InputError

NO = Outline(frozenset(), re.compile("live"))


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def test_lists_sorted_names_without_clutter_and_skipped_folders(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/1.jpg", "a/x.txt", "a/.hidden", "a/Thumbs.db", ".git/x", "__MACOSX/y", "b/Depth/1.jpg"):
        touch(tmp_path / name)
    tree = walk(tmp_path, Outline(frozenset(), re.compile("-"), frozenset({"depth"})))
    assert tree.folders == {"": (), "a": ("x.txt",), "b": ("1.jpg", "2.jpg")}
    assert tree.files((".jpg",)) == ["b/1.jpg", "b/2.jpg"]


def test_only_the_top_folder_of_the_release_is_entered(tmp_path: Path) -> None:
    touch(tmp_path / "SiW-Mv2" / "Live" / "Live_1.mov")
    touch(tmp_path / "other" / "x.mov")
    outline = Outline(frozenset({"siwmv2"}), re.compile("live"))
    tree = walk(tmp_path, outline)
    assert tree.root == tmp_path / "SiW-Mv2"
    assert tree.files((".mov",)) == ["Live/Live_1.mov"]
    touch(tmp_path / "live" / "Live_2.mov")
    assert walk(tmp_path, outline).root == tmp_path


def test_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    touch(tmp_path / "outside" / "1.jpg")
    touch(tmp_path / "root" / "1.jpg")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="link: a symbolic link that leaves the release"):
        walk(tmp_path / "root", NO)
    (tmp_path / "root" / "link").unlink()
    (tmp_path / "root" / "2.jpg").symlink_to("../outside/1.jpg")
    with pytest.raises(InputError, match="2.jpg: a symbolic link that leaves"):
        walk(tmp_path / "root", NO)


def test_link_to_a_neighbour_with_the_same_beginning_leaves_the_root(tmp_path: Path) -> None:
    touch(tmp_path / "root-2" / "1.jpg")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "1.jpg").symlink_to(tmp_path / "root-2" / "1.jpg")
    with pytest.raises(InputError, match="leaves the release"):
        walk(tmp_path / "root", NO)


def test_links_inside_the_root(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.jpg")
    (tmp_path / "a" / "2.jpg").symlink_to("1.jpg")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    tree = walk(tmp_path, NO)
    assert tree.folders["a"] == ("1.jpg", "2.jpg")
    assert tree.loops == ("a/loop",)
    (tmp_path / "a" / "3.jpg").symlink_to("absent.jpg")
    with pytest.raises(InputError, match="3.jpg: a broken symbolic link"):
        walk(tmp_path, NO)


def test_links_into_an_allowed_root_are_followed(tmp_path: Path) -> None:
    for name in ("disk/part/1.jpg", "disk/part/deep/2.jpg", "annex/objects/aa/3.jpg", "elsewhere/4.jpg"):
        touch(tmp_path / name)
    root = tmp_path / "root"
    root.mkdir()
    (root / "Live").symlink_to(tmp_path / "disk/part")
    (root / "3.jpg").symlink_to("../annex/objects/aa/3.jpg")
    with pytest.raises(InputError, match=r"leaves the release, to .*allowed_roots in benchmark.toml"):
        walk(root, NO)
    with allowing([tmp_path / "disk", tmp_path / "annex"]):
        tree = walk(root, NO)
        assert tree.folders == {"": ("3.jpg",), "Live": ("1.jpg",), "Live/deep": ("2.jpg",)}
        (root / "4.jpg").symlink_to(tmp_path / "elsewhere/4.jpg")
        with pytest.raises(InputError, match=r"4.jpg: a symbolic link that leaves"):
            walk(root, NO)
        (root / "4.jpg").unlink()
        (root / "5.jpg").symlink_to(tmp_path / "annex/objects/bb/5.jpg")
        with pytest.raises(InputError, match=r"5.jpg: a broken symbolic link.*git annex get"):
            walk(root, NO)
    (root / "5.jpg").unlink()
    with pytest.raises(InputError, match="leaves the release"):
        walk(root, NO)


def test_no_folder_is_entered_twice_through_links(tmp_path: Path) -> None:
    touch(tmp_path / "disk/part/1.jpg")
    (tmp_path / "disk/part/up").symlink_to(tmp_path / "disk")
    (tmp_path / "disk/part/home").symlink_to(tmp_path / "root")
    (tmp_path / "root").mkdir()
    for name in ("a", "b"):
        (tmp_path / "root" / name).symlink_to(tmp_path / "disk/part")
    with allowing([tmp_path / "disk"]):
        tree = walk(tmp_path / "root", NO)
    assert tree.folders == {"": (), "a": ("1.jpg",)} or tree.folders == {"": (), "b": ("1.jpg",)}
    assert len(tree.loops) == 3


def test_files_beside_the_top_folder_belong_to_what_was_given(tmp_path: Path) -> None:
    """git-annex keeps a repository's files beside the top folder of the data set in it."""
    touch(tmp_path / ".git/annex/objects/x")
    (tmp_path / "SiW-Mv2/Live").mkdir(parents=True)
    (tmp_path / "SiW-Mv2/Live/Live_1.mov").symlink_to("../../.git/annex/objects/x")
    tree = walk(tmp_path, Outline(frozenset({"siwmv2"}), re.compile("live")))
    assert tree.files((".mov",)) == ["Live/Live_1.mov"]


def test_root_may_be_a_link_itself(tmp_path: Path) -> None:
    touch(tmp_path / "disk" / "1.jpg")
    (tmp_path / "root").symlink_to(tmp_path / "disk")
    assert walk(tmp_path / "root", NO).folders == {"": ("1.jpg",)}


def test_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1.jpg")
    assert walk(tmp_path, NO).folders == {"": ()}


def test_beside_sees_the_parent_and_its_list_folders_only(tmp_path: Path) -> None:
    for name in ("root/in.txt", "near.txt", "protocol/p.txt", "other/q.txt"):
        touch(tmp_path / name)
    found = beside(walk(tmp_path / "root", NO), frozenset({"protocol"}))
    assert [path.name for path in found] == ["near.txt", "p.txt"]


def test_shown_is_one_bounded_line_without_identity_numbers() -> None:
    assert shown("Ethnicity/EA/EA-012-19800101123X/3_012_1_1_1") == "Ethnicity/EA/EA-012-.../3_012_1_1_1"
    assert shown("ea-012-19800101") == "ea-012-..."
    assert shown("see CA-300-1980") == "see CA-300-..."
    assert shown("a\nb\x1b[31m\0") == "a?b?[31m?"
    assert len(shown("x" * 10_000)) < 250
