"""`prepare` on configured releases, and runs that take the same faces, with boxes and with an extra source."""

from __future__ import annotations

import json
import shutil
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


def test_refresh_lists_anew(lab, capsys):
    words = ["prepare", "--release", "casia-surf", *RECIPE]
    assert main(words) == 0
    before = len(stores()["casia-surf"].entries)
    shutil.rmtree(next((lab["casia-surf"]).rglob("Training/fake_part/*/04_en_b.rssdk")))
    shutil.rmtree("cache/faces")
    capsys.readouterr()
    assert main(words) == 0  # the kept list does not look that deep: the pictures are missing, and are said to be
    assert f": {before} presentations" in capsys.readouterr().out
    assert list(stores()["casia-surf"].failures.values()) == ["file is missing"]
    shutil.rmtree("cache/faces")
    assert main([*words, "--refresh"]) == 0
    assert f": {before - 1} presentations" in capsys.readouterr().out


def test_a_run_trains_on_both_sources_and_says_so(lab, monkeypatch, capsys):
    seen = []
    kind = methods.get("ms-lbp")
    fit = kind.fit
    monkeypatch.setattr(
        kind, "fit", lambda self, train, dev, job: [seen.append((train, dev)), fit(self, train, dev, job)]
    )
    boxes = ("--set", "detector=boxes", "--set", "detector_file=boxes.csv")
    words = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--preset", "demo", "--threads", "1")
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
