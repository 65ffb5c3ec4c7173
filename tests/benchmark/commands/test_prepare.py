"""`prepare` on configured releases, and runs that take the same faces, with boxes and with an extra source."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import methods
from benchmark.__main__ import main
from protocols.store.store import Store
from tests.protocols import celeba_miniature, miniatures
from tests.protocols.miniature_media import jpeg

PLAN = {
    f"Data/train/{subject}/{side}/{n:06}.jpg": kind
    for subject in (1, 2, 3)
    for n, side, kind in ((1, "live", 0), (2, "spoof", 1), (3, "spoof", 9))
}
RECIPE = ("--set", "size=64", "--set", "context=1.2", "--workers", "1", "--quiet")


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A configured world of CASIA-SURF, SiW-Mv2 and CelebA-Spoof; boxes stand in for a detector."""
    monkeypatch.chdir(tmp_path)
    surf, siw = miniatures.surf_c(tmp_path / "surf"), miniatures.siw(tmp_path / "siw")
    celeba = celeba_miniature.write(tmp_path / "CelebA_Spoof", PLAN)
    for path in PLAN:
        jpeg(celeba / path)
    ids = [*(p.id for p in siw.rows), *(path.removeprefix("Data/").removesuffix(".jpg") for path in PLAN)]
    Path("boxes.csv").write_text("presentation,frame,x,y,w,h\n" + "".join(f"{i},0,4,6,24,30\n" for i in ids))
    roots = {"casia-surf": surf.root, "siw-mv2": siw.root, "celeba-spoof": celeba}
    lines = "\n".join(f'{name} = "{root}"' for name, root in roots.items())
    Path("benchmark.toml").write_text(f'name = "lab"\ncache = "cache"\n[releases]\n{lines}\n')
    return roots


def stores() -> dict[str, Store]:
    found = [Store.open(p) for p in Path("cache/faces").iterdir() if p.is_dir()]
    return {store.release: store for store in found}


def test_boxes_are_the_recipe_s(lab, capsys):
    assert main(["prepare", "--boxes", "boxes.csv", *RECIPE]) == 0
    assert set(stores()) == {"casia-surf", "siw-mv2", "celeba-spoof"}
    store = stores()["celeba-spoof"]
    assert store.recipe["detector"] == "boxes"
    assert not store.failures
    assert store.entries["train/1/live/000001"]["boxes"] == [[4.0, 6.0, 24.0, 30.0, 1.0]]
    assert "CelebA-Spoof (layout Data and metas): 9 presentations" in capsys.readouterr().out


def test_a_detector_needs_its_file_and_one_way_to_find_faces(lab, capsys):
    assert main(["prepare", "--detector", "yunet", "--quiet"]) == 2
    assert "the detector yunet needs a model file" in capsys.readouterr().err
    Path("broken.onnx").write_bytes(b"no model")
    words = ["prepare", "--release", "siw-mv2", "--detector", "yunet", "--detector-file", "broken.onnx", *RECIPE]
    assert main(words) == 2
    assert "broken.onnx: not a YuNet model" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["prepare", "--detector", "yunet", "--boxes", "boxes.csv"])


def test_a_picture_that_is_gone_or_new_is_noticed_however_deep_it_lies(lab, capsys):
    words = ["prepare", "--release", "casia-surf", *RECIPE]
    assert main(words) == 0
    before = len(stores()["casia-surf"].entries)
    shutil.rmtree(next((lab["casia-surf"]).rglob("Training/fake_part/*/04_en_b.rssdk")))
    capsys.readouterr()
    assert main(words) == 0
    assert f": {before - 1} presentations" in capsys.readouterr().out


def test_a_failure_is_tried_again_when_asked_or_when_its_file_changes(lab, capsys):
    words = ["prepare", "--release", "celeba-spoof", "--boxes", "boxes.csv", *RECIPE]
    picture = lab["celeba-spoof"] / "Data/train/1/live/000001.jpg"
    whole = picture.read_bytes()
    picture.write_bytes(b"")
    assert main(words) == 0
    assert "no face from train/1/live/000001: file is empty (0 bytes)" in capsys.readouterr().out
    assert main([*words, "--retry"]) == 0
    said = capsys.readouterr()
    assert "1 of 9 presentations are prepared again: train/1/live/000001 (failed: file is empty" in said.err
    assert "no face from train/1/live/000001" in said.out
    picture.write_bytes(whole)
    assert main(words) == 0
    said = capsys.readouterr()
    assert "1 of 9 presentations are prepared again: train/1/live/000001 (its files have changed)" in said.err
    assert "no face" not in said.out
    assert main([*words, "--refresh"]) == 0
    with pytest.raises(SystemExit, match="2"):
        main([*words, "--refresh", "--retry"])


def test_boxes_of_nobody_are_refused_by_their_first_id(lab, capsys):
    text = Path("boxes.csv").read_text().splitlines()
    Path("clips.csv").write_text("\n".join([*text, "Live_1.mov,0,4,6,24,30", "Live_2.mov,0,4,6,24,30"]) + "\n")
    for words in (["prepare"], ["prepare", "--release", "siw-mv2"]):
        assert main([*words, "--boxes", "clips.csv", *RECIPE]) == 2
        said = capsys.readouterr().err
        assert "clips.csv: 'Live_1.mov' is no presentation of" in said
        assert "(2 such ids)" in said
    assert not Path("cache/faces").exists()
    words = ["run", "--method", "ms-lbp", "--protocol", "surf2siw", "--set", "detector=boxes"]
    assert main([*words, "--set", "detector_file=clips.csv", *RECIPE]) == 2
    assert "'Live_1.mov' is no presentation of" in capsys.readouterr().err


def test_a_presentation_without_a_box_says_so(lab, capsys):
    text = Path("boxes.csv").read_text().splitlines()
    Path("few.csv").write_text("\n".join(line for line in text if not line.startswith("train/1/")) + "\n")
    assert main(["prepare", "--release", "celeba-spoof", "--boxes", "few.csv", *RECIPE]) == 0
    assert "no face from train/1/live/000001: no box in few.csv" in capsys.readouterr().out


def obey_modes():
    """Even root then needs the permission bits: the capabilities that pass them over are dropped before the start."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_what_may_not_be_read_ends_the_preparation_and_is_never_a_finding(lab):
    """A file without permission: exit code 2 and its reason; with it, nothing of that is left."""
    picture = lab["celeba-spoof"] / "Data/train/2/spoof/000002.jpg"
    picture.chmod(0)
    words = ["prepare", "--release", "celeba-spoof", "--boxes", "boxes.csv", *RECIPE]
    done = subprocess.run(
        [sys.executable, "-m", "benchmark", *words],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=obey_modes,
    )
    assert done.returncode == 2, done
    assert "000002.jpg: the system does not let it be read (Permission denied)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not any("Permission" in file.read_text() for file in Path("cache/faces").rglob("*.jsonl"))
    picture.chmod(0o644)
    assert main(words) == 0
    assert not stores()["celeba-spoof"].failures


def test_a_run_trains_on_both_sources_and_says_so(lab, monkeypatch, capsys):
    seen = []
    kind = methods.get("ms-lbp")
    fit = kind.fit
    monkeypatch.setattr(
        kind, "fit", lambda self, train, dev, job: [seen.append((train, dev)), fit(self, train, dev, job)]
    )
    boxes = ("--set", "detector=boxes", "--set", "detector_file=boxes.csv")
    words = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--preset", "demo", "--threads", "1", "--partial")
    assert main([*words, *boxes, *RECIPE, "--set", "extra_source=celeba-spoof"]) == 0, capsys.readouterr().err
    train, dev = seen[0]
    assert set(train.domains) == {"casia-surf", "celeba-spoof"}
    assert train.domains.count("celeba-spoof") == len(PLAN)
    assert set(dev.domains) == {"casia-surf"}
    assert train.labels[-len(PLAN) :].sum() == 3
    out = capsys.readouterr().out
    assert "extra_source=celeba-spoof" in out
    assert "context=1.2" in out
    assert "overlap of train, dev and target" in out
    (file,) = Path("results/runs").rglob("run.json")
    meta = json.loads(file.read_text())
    assert meta["choices"]["extra_source"] == "celeba-spoof"
    assert meta["digests"]["extra"] == stores()["celeba-spoof"].digest
    assert any("the same bytes" in line for line in meta["warnings"])  # within one release
    assert any(line.startswith("casia-surf train and casia-surf dev: identical files") for line in meta["overlaps"])
