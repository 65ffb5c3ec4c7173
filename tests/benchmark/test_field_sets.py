"""The field's sets through the command line: a bad copy is one line, half a copy is said and counted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.__main__ import main
from tests.protocols import celeba_miniature, field_miniatures
from tests.protocols.miniature_media import text, video
from tests.protocols.releases.test_celeba_spoof import PLAN


def twice(folder: Path) -> Path:
    root = field_miniatures.msu(folder).root
    shutil.copytree(root / "scene01", root / "MSU-MFSD/scene01")
    return root


def two_layouts(folder: Path) -> Path:
    written = field_miniatures.replay(folder / "a")
    shutil.copytree(field_miniatures.crops(written, folder / "b") / "train", written.root / "train", dirs_exist_ok=True)
    return written.root


def turned_list(folder: Path) -> Path:
    root = field_miniatures.oulu(folder).root
    text(root / "Protocols/Protocol_2/Dev.txt", ["-2,1_1_21_1"])
    return root


def two_lists(folder: Path) -> Path:
    root = field_miniatures.siw(folder).root
    text(root / "dg_protocol/SiW_video_train.txt", ["Train/live/003/003-1-1-1-2 0"])
    text(root / "protocol/SiW@p1_video_train.txt", ["Train/live/003/003-1-1-1-2 1"])
    return root


def another_set(folder: Path) -> Path:
    return field_miniatures.casia(folder).root


def foreign_name(folder: Path) -> Path:
    root = field_miniatures.casia(folder).root
    video(root / "train_release/1/NM_9.avi")
    return root


def without_colour(folder: Path) -> Path:
    root = field_miniatures.wmca(folder).root
    shutil.rmtree(root / "preprocessed-face-station_RGB")
    return root


def unlabelled(folder: Path) -> Path:
    root = celeba_miniature.write(folder / "CelebA_Spoof", PLAN)
    shutil.rmtree(root / "metas")
    return root


BAD: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "unpacked twice": ("msu-mfsd", twice, "keep one copy"),
    "videos and crops": ("replay-attack", two_layouts, "a mixture of Replay-Attack layouts|keep one copy"),
    "a list that contradicts names": ("oulu-npu", turned_list, "Dev.txt, line 1: 1_1_21_1 is attack here"),
    "lists that contradict each other": ("siw", two_lists, "SiW_video_train.txt, line 1: .*SiW@p1_video_train.txt"),
    "another set": ("oulu-npu", another_set, "this looks like CASIA-FASD, not OULU-NPU"),
    "another copy's names": ("casia-fasd", foreign_name, "NM_9 is not one of 1 to 8"),
    "no colour": (
        "wmca",
        without_colour,
        "no prepared colour: give the folder that holds preprocessed-face-station_RGB",
    ),
    "no labels": ("celeba-spoof", unlabelled, "no metas/intra_test/train_label.json"),
}


def config(folder: Path, **releases: Path) -> str:
    lines = [f'{name.replace("_", "-")} = "{root}"' for name, root in releases.items()]
    (folder / "lab.toml").write_text('name = "lab"\ncache = "cache"\n[releases]\n' + "\n".join(lines) + "\n")
    return str(folder / "lab.toml")


@pytest.mark.parametrize("what", BAD)
def test_a_bad_copy_is_one_line_and_exit_code_2(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import re

    name, spoil, message = BAD[what]
    root = spoil(tmp_path / "copy")
    before = sorted(root.rglob("*"))
    file = config(tmp_path, **{name: root})
    assert main(["prepare", "--config", file, "--quiet", "--workers", "1"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.search(message, error), error
    assert sorted(root.rglob("*")) == before, "nothing is lost"


@pytest.mark.parametrize("name", ["oulu-3.4", "oulu-1"])
def test_a_protocol_whose_part_is_empty_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = field_miniatures.oulu(tmp_path).root
    if name == "oulu-1":
        shutil.rmtree(root / "Test_files")
    words = ["--config", config(tmp_path, oulu_npu=root), "--results", str(tmp_path / "results"), "--quiet"]
    assert main(["run", "--method", "colour-texture", "--protocol", name, *words]) == 2
    error = capsys.readouterr().err
    assert f"protocol {name.removeprefix('oulu-')} finds no video for its test part in this copy" in error
    assert error.count("\n") == 1


def test_half_a_set_is_said_counted_and_not_taken_for_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    casia = field_miniatures.casia(tmp_path / "a").root
    shutil.rmtree(casia / "test_release")
    file = config(tmp_path, casia_fasd=casia, replay_attack=field_miniatures.replay(tmp_path / "b").root)
    main(["doctor", "--config", file, "--protocol", "i2c", "--json"])
    said = capsys.readouterr().out
    assert "half unpacked: nothing of test_release" in said
    assert "test/bona fide: 0 found, 90 published (-90)" in said
    words = ["--config", file, "--results", str(tmp_path / "results"), "--quiet"]
    assert main(["run", "--method", "colour-texture", "--protocol", "i2c.all-videos", *words]) == 2
    error = capsys.readouterr().err
    assert "counts of this run's data are more than 1 % short" in error
    assert error.count("\n") == 1
