"""MSU-MFSD: its table spelt out; its lists of clients; clips stored turned keep their faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.running.faces import announce
from protocols.demo.video import write_video
from protocols.errors import InputError
from protocols.presentation import Media
from protocols.recipe import Recipe
from protocols.releases import msu_mfsd, registry
from protocols.store import detection
from protocols.store.prepare import prepare
from protocols.world import World
from tests.protocols.field_miniatures import crops, msu
from tests.protocols.media_factory import moving, portrait
from tests.protocols.miniature_media import text, video


@pytest.mark.parametrize("lists", [True, False])
def test_the_table_is_what_was_written(lists: bool, tmp_path: Path) -> None:
    written = msu(tmp_path, lists=lists)
    release = registry.discover("msu-mfsd", written.root)
    rows = sorted(written.rows, key=lambda p: p.id)
    assert [(p.id, p.species, p.native_code, p.subject, p.split, p.covariates) for p in release.presentations] == [
        (p.id, p.species, p.native_code, p.subject, p.split, p.covariates) for p in rows
    ], "without lists the splits are the published ones"
    assert all((release.root / file).is_file() for p in release.presentations for file in p.media.files)
    assert (release.layout, release.warnings, release.cropped) == (written.layout, (), False)


def test_a_copy_without_the_scene_folder_and_its_crops_are_read(tmp_path: Path) -> None:
    written = msu(tmp_path / "a", scene="")
    plain = registry.discover("msu-mfsd", written.root)
    cut = registry.discover("msu-mfsd", crops(written, tmp_path / "b"))
    assert [p.id for p in plain.presentations] == [p.id for p in cut.presentations]
    assert (plain.cropped, cut.cropped) == (False, True)


def test_published_clients_are_disjoint_and_35() -> None:
    assert len(msu_mfsd.TRAIN | msu_mfsd.TEST) == 35
    assert (len(msu_mfsd.TRAIN), len(msu_mfsd.TEST)) == (15, 20)


def test_lists_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    root = msu(tmp_path).root
    text(root / "test_sub_list.txt", ["01", "02"])
    with pytest.raises(InputError, match=r"test_sub_list.txt and .*train_sub_list.txt: client 02 is in both"):
        registry.discover("msu-mfsd", root)
    text(root / "test_sub_list.txt", ["client 1"])
    with pytest.raises(InputError, match=r"test_sub_list.txt, line 1: client 1 is no client's number"):
        registry.discover("msu-mfsd", root)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            "scene01/real/attack_client002_laptop_SD_ipad_video_scene01.mov",
            "is replay by its name and bona fide by its",
        ),
        ("scene01/attack/real_client003_laptop_SD_scene01.mov", "is bona fide by its name and attack by its folder"),
        ("scene01/attack/attack_client003_laptop_SD_scene01.mov", "is not <real or attack>_client"),
        ("scene01/attack/attack_client003_laptop_SD_tv_video_scene01.mov", "is not <real or attack>_client"),
        ("copy/scene01/real/real_client002_android_SD_scene01.mp4", "keep one copy"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(file: str, message: str, tmp_path: Path) -> None:
    root = msu(tmp_path).root
    video(root / file)
    with pytest.raises(InputError, match=message):
        registry.discover("msu-mfsd", root)


def test_turned_clips_keep_their_faces_and_are_named(tmp_path: Path) -> None:
    """One on its side, one on its head, one as it should be, one without a face."""
    root = tmp_path / "MSU-MFSD/scene01"
    upright = [np.ascontiguousarray(picture[:, :200]) for picture in portrait(3, 240, 200)]
    stored = {"001": 0, "002": 3, "003": 2}
    for client, quarters in stored.items():
        file = root / f"real/real_client{client}_android_SD_scene01.mp4"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_video(file, [np.ascontiguousarray(np.rot90(p, -quarters)) for p in upright], 10)
    (root / "attack").mkdir()
    write_video(root / "attack/attack_client001_laptop_SD_ipad_video_scene01.mov", moving(3), 10)
    release = registry.discover("msu-mfsd", root.parent)
    store = prepare(release, Recipe(frames=3, size=64, detect_side=256, min_face=40), tmp_path / "faces", workers=0)
    lost = "attack_client001_laptop_SD_ipad_video_scene01"
    assert store.failures == {lost: "no face found"}
    assert detection.turned(store) == {
        "real_client002_android_SD_scene01": 270,
        "real_client003_android_SD_scene01": 180,
    }
    assert detection.rates(store) == {
        lost: (0, 3),
        **{f"real_client{client}_android_SD_scene01": (3, 3) for client in stored},
    }
    straight, head = (store.pixels[store.starts[f"real_client{c}_android_SD_scene01"]] for c in ("001", "003"))
    close = np.abs(straight.astype(int) - head[: straight.shape[0], : straight.shape[1]].astype(int)).mean()
    assert straight.shape == head.shape
    assert close < 12, "what is stored stands upright"
    said: list[str] = []
    announce(World("lab", False, tmp_path), [(release, store)], said.append)
    assert any("a face in every frame of 3 of 4 presentations" in line for line in said)
    assert any("turned by 180 degrees" in line and "client003" in line for line in said)


def test_other_releases_are_looked_at_as_they_lie(tmp_path: Path) -> None:
    from tests.protocols.media_factory import presentation, release

    write_video(tmp_path / "Live_1.mov", [np.ascontiguousarray(np.rot90(p, 2)) for p in portrait(2)], 10)
    data = release(tmp_path, presentation("Live_1", "video", "Live_1.mov"))
    store = prepare(data, Recipe(frames=2, size=64, detect_side=256, min_face=40), tmp_path / "faces", workers=0)
    assert Media("video", ("Live_1.mov",)) == data.presentations[0].media
    assert detection.turned(store) == {}
