"""UniAttackData shows the people of CeFA: the overlap check knows, whatever the subject is called in a list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from protocols import leakage
from protocols.overlap import Part, shared_subjects
from protocols.place import Place
from protocols.releases import registry
from tests.protocols import miniatures
from tests.protocols.miniature_media import video


def parts(folder: Path, *subjects: str) -> tuple[Part, Part]:
    cefa = registry.discover("cefa", miniatures.cefa_full(folder, "C").root)
    lines = ["path,label,subject"]
    for i, subject in enumerate(subjects):
        video(folder / f"uni/{i}.mp4", seed=i)
        lines.append(f"{i}.mp4,{'real' if i else 'attack'},{subject}")
    (folder / "uni/list.csv").write_text("\n".join(lines))
    uni = registry.discover("uniattackdata", Place(folder / "uni/list.csv"))
    return Part("train", cefa, None, cefa.presentations), Part("target", uni, None, uni.presentations)


def test_people_of_both_are_named(tmp_path: Path) -> None:
    train, target = parts(tmp_path, "live/EA-300", "af-120", "EA-3000")
    assert shared_subjects(train, target) == ("AF-120", "EA-300")
    (found,) = leakage.check([train], [], [target], tmp_path / "cache")
    assert found.subjects == ("AF-120", "EA-300")
    assert "train and target: same subject: EA-300" in leakage.lines([found])


def test_codes_of_releases_that_have_nothing_in_common_are_never_compared(tmp_path: Path) -> None:
    train, target = parts(tmp_path, "EA-300", "EA-301")
    other = replace(target, release=replace(target.release, name="office"))
    assert shared_subjects(train, other) == ()
