from __future__ import annotations

import shutil

import pytest

from protocols.errors import InputError
from protocols.releases.registry import discover
from protocols.releases.scan import scan
from tests.protocols import miniatures
from tests.protocols.media_factory import cut_out, write_images

TYPES = {"real_part": ["real"], "fake_part": ["04_en_b", "05_enm_s", "06_enm_b"]}


@pytest.fixture
def root(tmp_path):
    """A CASIA-SURF archive of layout C with one training subject."""
    for part, sessions in TYPES.items():
        for session in sessions:
            folder = tmp_path / "data/CASIA_SURF/Data/Training" / part / "CLKJ_AS0005" / f"{session}.rssdk" / "color"
            write_images(folder, [cut_out(), cut_out()])
    return tmp_path / "data/CASIA_SURF"


@pytest.mark.parametrize("cache", ["cache", "data/cache"])
def test_a_second_scan_does_not_walk(root, tmp_path, monkeypatch, cache):
    first = scan("casia-surf", root, tmp_path / cache)
    monkeypatch.setattr("protocols.releases.scan.discover", None)
    second = scan("casia-surf", root, tmp_path / cache)
    assert len(second.presentations) == 4
    assert second == first
    assert second.digest == first.digest


def test_a_change_deep_inside_is_noticed(root, tmp_path):
    assert len(scan("casia-surf", root, tmp_path / "cache").presentations) == 4
    folder = root / "Data/Training/fake_part/CLKJ_AS0005/06_enm_b.rssdk"
    write_images(folder / "color", [cut_out()] * 3)
    found = {p.id: p for p in scan("casia-surf", root, tmp_path / "cache").presentations}
    assert sorted(len(p.media.files) for p in found.values()) == [2, 2, 2, 3]
    shutil.rmtree(folder)
    assert len(scan("casia-surf", root, tmp_path / "cache").presentations) == 3


def test_refresh_walks(root, tmp_path, monkeypatch):
    scan("casia-surf", root, tmp_path / "cache")
    calls = []
    whole = discover
    monkeypatch.setattr("protocols.releases.scan.discover", lambda *words: calls.append(words) or whole(*words))
    scan("casia-surf", root, tmp_path / "cache", refresh=True)
    assert len(calls) == 1


def test_a_video_exchanged_in_place_is_noticed(tmp_path):
    """Its warning of identical files would else be yesterday's."""
    root = tmp_path / "SiW-Mv2"
    for name in ("Live/Live_1.mov", "Live/Live_2.mov", "Spoof/Replay/Replay_1.mov"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"the same bytes")
    assert any("same bytes" in line for line in scan("siw-mv2", root, tmp_path / "cache").warnings)
    for i, name in enumerate(("Live/Live_1.mov", "Live/Live_2.mov")):
        (root / name).write_bytes(b"other bytes %d" % i)
    assert not any("same bytes" in line for line in scan("siw-mv2", root, tmp_path / "cache").warnings)


def test_a_disk_that_may_be_used_is_part_of_what_is_kept(root, tmp_path):
    scan("casia-surf", root, tmp_path / "cache", allowed=[tmp_path])
    (tmp_path / "elsewhere").mkdir()
    folder = root / "Data/Training/fake_part/CLKJ_AS0005/06_enm_b.rssdk"
    folder.rename(tmp_path / "elsewhere/moved")
    folder.symlink_to(tmp_path / "elsewhere/moved")
    assert len(scan("casia-surf", root, tmp_path / "cache", allowed=[tmp_path]).presentations) == 4
    with pytest.raises(InputError, match="leaves the release"):
        scan("casia-surf", root, tmp_path / "cache")


def test_a_changed_folder_or_list_is_noticed(root, tmp_path):
    scan("casia-surf", root, tmp_path / "cache")
    shutil.rmtree(root / "Data/Training/fake_part")
    assert len(scan("casia-surf", root, tmp_path / "cache").presentations) == 1


def test_a_changed_list_beside_the_root_is_noticed(tmp_path):
    root = miniatures.cefa_full(tmp_path / "unpacked", "C").root
    people = root.parent / "AF_Age_Gender.txt"

    def sexes():
        return {dict(p.covariates).get("sex") for p in scan("cefa", root, tmp_path / "cache").presentations}

    assert sexes() == {None}
    people.write_text("AF-120 1999 M\n")
    assert sexes() == {None, "male"}
    people.write_text("AF-120 1999 F\n")
    assert sexes() == {None, "female"}


@pytest.mark.parametrize("content", ["", "{}", "nonsense", '{"stamp": 1}\n{'])
def test_a_damaged_list_is_made_again(root, tmp_path, content):
    first = scan("casia-surf", root, tmp_path / "cache")
    (kept,) = (tmp_path / "cache/scans").iterdir()
    whole = kept.read_text()
    kept.write_text(content or whole[: len(whole) // 2])
    assert scan("casia-surf", root, tmp_path / "cache") == first
    assert kept.read_text() == whole


def test_errors_are_discover_s(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        scan("casia-surf", tmp_path / "absent", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
