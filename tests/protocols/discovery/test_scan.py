from __future__ import annotations

import shutil

import pytest

from protocols.discovery.scan import scan
from protocols.errors import InputError
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
    monkeypatch.setattr("protocols.discovery.scan.discover", None)
    second = scan("casia-surf", root, tmp_path / cache)
    assert len(second.presentations) == 4
    assert second == first
    assert second.digest == first.digest


def test_refresh_walks(root, tmp_path):
    assert len(scan("casia-surf", root, tmp_path / "cache").presentations) == 4
    shutil.rmtree(root / "Data/Training/fake_part/CLKJ_AS0005/06_enm_b.rssdk")
    assert len(scan("casia-surf", root, tmp_path / "cache").presentations) == 4  # deeper than what is checked
    assert len(scan("casia-surf", root, tmp_path / "cache", refresh=True).presentations) == 3


def test_a_changed_folder_or_list_is_noticed(root, tmp_path):
    scan("casia-surf", root, tmp_path / "cache")
    shutil.rmtree(root / "Data/Training/fake_part")
    assert len(scan("casia-surf", root, tmp_path / "cache").presentations) == 1


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
