"""A finished run and the data of today: repaired, exchanged, deleted, unmounted, forgotten."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.__main__ import main
from benchmark.results.runs import find
from benchmark.running.faces import prepared
from benchmark.running.stale import Today, Verdict
from protocols.place import Place
from protocols.recipe import Recipe
from protocols.world import World
from tests.protocols import celeba_miniature, miniatures
from tests.protocols.miniature_media import jpeg

PLAN = {
    f"Data/train/{subject}/{side}/{n:06}.jpg": kind
    for subject in (1, 2, 3)
    for n, side, kind in ((1, "live", 0), (2, "spoof", 1), (3, "spoof", 9))
}


@pytest.fixture
def world(tmp_path):
    """A world of CelebA-Spoof's miniature with its boxes, whose faces are prepared."""
    root = celeba_miniature.write(tmp_path / "CelebA_Spoof", PLAN)
    for path in PLAN:
        jpeg(root / path)
    ids = [path.removeprefix("Data/").removesuffix(".jpg") for path in PLAN]
    boxes = "presentation,frame,x,y,w,h\n" + "".join(f"{i},0,4,6,24,30\n" for i in ids)
    (tmp_path / "boxes.csv").write_text(boxes)
    return World("lab", False, tmp_path / "cache", {"celeba-spoof": Place(root)}, origin="a test")


@pytest.fixture
def recipe(tmp_path):
    return Recipe(size=64, face_size=64, detector="boxes", detector_file=tmp_path / "boxes.csv")


@pytest.fixture
def used(world, recipe):
    """What a run that was made now would have recorded."""
    return {"celeba-spoof": prepared(world, "celeba-spoof", recipe, 1, progress=False)[1].digest}


def picture(world: World) -> Path:
    return world.places["celeba-spoof"].path / "Data/train/1/live/000001.jpg"


def test_nothing_has_changed(world, recipe, used):
    assert Today(world).compare(used, recipe) == Verdict()
    picture(world).touch()
    assert Today(world).compare(used, recipe) == Verdict()


def test_a_picture_that_was_exchanged_or_lost_shows(world, recipe, used):
    whole = picture(world).read_bytes()
    picture(world).write_bytes(b"")
    (line,) = Today(world).compare(used, recipe).changed
    assert line == "CelebA-Spoof has changed: other faces of its 9 presentations than when the run was made"
    picture(world).write_bytes(whole)
    assert Today(world).compare(used, recipe) == Verdict()


def test_a_presentation_that_was_deleted_shows(world, recipe, used):
    picture(world).unlink()
    boxes = recipe.detector_file
    fewer = "".join(line for line in boxes.read_text().splitlines(keepends=True) if "train/1/live/000001" not in line)
    (line,) = Today(world).compare(used, recipe).changed
    assert line == "CelebA-Spoof has changed: 8 presentations, 9 when the run was made"
    boxes.write_text(fewer)  # the release of today is prepared, too
    prepared(world, "celeba-spoof", recipe, 1, progress=False)
    assert Today(world).compare(used, recipe).changed == (line,)


def test_what_cannot_be_compared_is_said_and_is_no_change(world, recipe, used):
    assert Today(world).compare({"cefa": "0" * 64}, recipe).unseen[0].startswith("cefa: a test names no root for cefa")
    shutil.rmtree(world.cache / "faces")
    verdict = Today(world).compare(used, recipe)
    assert verdict == Verdict((), ("celeba-spoof: its prepared faces are no longer in the cache",))
    assert not (world.cache / "faces").exists()  # nothing is prepared only to be compared
    shutil.move(world.places["celeba-spoof"].path, world.cache / "unmounted")
    assert "no such folder" in Today(world).compare(used, recipe).unseen[0]


def test_a_list_that_says_something_else_shows(world, recipe, used):
    now = world.release("celeba-spoof").described
    assert Today(world).compare(used, recipe, {"celeba-spoof": now}) == Verdict()
    (line,) = Today(world).compare(used, recipe, {"celeba-spoof": "0" * 64}).changed
    assert line.startswith("CelebA-Spoof has changed: what its list says of labels, species, ")


def test_another_recipe_has_faces_of_its_own(world, recipe, used):
    verdict = Today(world).compare(used, replace(recipe, size=32))
    assert verdict == Verdict((), ("celeba-spoof: its prepared faces are no longer in the cache",))


def test_a_run_of_older_data_is_made_again_and_says_what_has_changed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    surf, siw = miniatures.surf_c(tmp_path / "surf"), miniatures.siw(tmp_path / "siw")
    Path("boxes.csv").write_text("presentation,frame,x,y,w,h\n" + "".join(f"{p.id},0,4,6,24,30\n" for p in siw.rows))
    roots = f'casia-surf = "{surf.root}"\nsiw-mv2 = "{siw.root}"\n'
    Path("benchmark.toml").write_text(f'name = "lab"\ncache = "cache"\n[releases]\n{roots}')
    words = ["run", "--method", "ms-lbp", "--protocol", "surf2siw", "--preset", "demo", "--workers", "1", "--quiet"]
    words += ["--partial"]  # miniatures of the real releases
    for setting in ("detector=boxes", "detector_file=boxes.csv", "size=64", "face_size=64"):
        words += ["--set", setting]
    assert main(words) == 0, capsys.readouterr().err
    (first,) = find(Path("results"))
    capsys.readouterr()
    assert main(words) == 0
    assert "complete already" in capsys.readouterr().out
    video = next(siw.root.rglob("Live_*.mov"))
    video.write_bytes(b"")
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "made again: SiW-Mv2 has changed: other faces of its" in out
    assert "complete already" not in out
    (second,) = find(Path("results"))
    assert second.digests.target != first.digests.target
    assert second.counts.non_response == first.counts.non_response + 1
    assert main(words) == 0
    assert "complete already" in capsys.readouterr().out
