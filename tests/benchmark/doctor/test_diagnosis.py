"""The doctor on miniatures of real releases: what it says, and its exit code."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from benchmark.__main__ import main
from benchmark.doctor import checks
from protocols.recipe import Recipe
from protocols.world import World
from tests.protocols import miniatures
from tests.protocols.media_factory import cut_out, presentation, release, write_images


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A configured world of CASIA-SURF and SiW-Mv2, with boxes for every video: its clips show no face."""
    monkeypatch.chdir(tmp_path)
    surf = miniatures.surf_c(tmp_path / "surf")
    siw = miniatures.siw(tmp_path / "siw")
    rows = "".join(f"{p.id},0,4,4,20,20\n" for p in siw.rows)
    (tmp_path / "boxes.csv").write_text("presentation,frame,x,y,w,h\n" + rows)
    write_config(tmp_path, f'casia-surf = "{surf.root}"\nsiw-mv2 = "{siw.root}"')
    return {"surf": surf, "siw": siw}


def write_config(folder: Path, releases: str, models: str = "") -> None:
    text = f'name = "lab"\ncache = "cache"\n[releases]\n{releases}\n[models]\n{models}\n'
    (folder / "benchmark.toml").write_text(text)


BOXES = ("--set", "detector=boxes", "--set", "detector_file=boxes.csv", "--set", "size=32", "--quiet")


def ask(capsys, *words: str) -> tuple[int, list[dict]]:
    code = main(["doctor", *words, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ready"] == (code == 0)
    return code, answer["findings"]


def said(findings: list[dict], about: str, level: str = "ok") -> list[str]:
    return [f["text"] for f in findings if f["about"] == about and f["level"] == level]


def test_a_protocol_that_can_run(lab, capsys):
    code, findings = ask(capsys, "--protocol", "surf2siw", *BOXES)
    assert code == 0, [f for f in findings if f["level"] == "problem"]
    for name, rows in (
        ("train", [p for p in lab["surf"].rows if p.split == "train"]),
        ("dev", [p for p in lab["surf"].rows if p.split == "dev"]),
        ("target", lab["siw"].rows),
    ):
        (found,) = [f for f in findings if f["text"].startswith(f"{name}: ")]
        assert found["species"] == dict(Counter(p.species for p in rows))
    assert "a run can start on surf2siw" in said(findings, "summary")
    assert any("attack: " in text and ", 915 published" in text for text in said(findings, "release siw-mv2", "note"))
    assert any(text.startswith("not prepared yet: about") for text in said(findings, "release siw-mv2"))
    assert any("boxes for" in text for text in said(findings, "release siw-mv2"))
    (choices,) = said(findings, "choices", "note")
    assert all(f"{word}=" in choices for word in ("cefa_parts", "cefa_light1", "train_fraction", "hq_wmca", "context"))


def test_after_preparation_faces_are_compared_too(lab, capsys):
    assert main(["prepare", "--boxes", "boxes.csv", "--set", "size=32", "--workers", "1", "--quiet"]) == 0
    capsys.readouterr()
    code, findings = ask(capsys, "--protocol", "surf2siw", *BOXES)
    assert code == 0
    assert any(text.startswith("prepared: ") for text in said(findings, "release siw-mv2"))
    assert not any("not prepared yet" in f["text"] for f in findings)
    assert any("0.0 GiB are needed" in text for text in said(findings, "cache"))
    assert list(Path("cache/overlaps").iterdir())


def test_protocols_that_were_not_asked_for_may_lack_their_releases(lab, capsys):
    code, findings = ask(capsys, *BOXES)
    assert code == 0
    assert said(findings, "protocol cefa2siw", "note") == ["cannot run: cefa is not configured"]
    code, findings = ask(capsys, "--protocol", "cefa2siw", *BOXES)
    assert code == 1
    assert said(findings, "protocol cefa2siw", "problem") == ["cannot run: cefa is not configured"]


def test_every_root_is_opened_unless_protocols_are_named(lab, tmp_path, capsys):
    (tmp_path / "CelebA_Spoof/holiday").mkdir(parents=True)
    roots = {"casia-surf": lab["surf"].root, "siw-mv2": lab["siw"].root, "celeba-spoof": tmp_path / "CelebA_Spoof"}
    write_config(tmp_path, "\n".join(f'{name} = "{root}"' for name, root in roots.items()))
    code, findings = ask(capsys, *BOXES)
    assert code == 1
    assert "give the folder that holds Data and metas" in said(findings, "release celeba-spoof", "problem")[0]
    assert ask(capsys, "--protocol", "surf2siw", *BOXES)[0] == 0
    code, findings = ask(capsys, "--protocol", "surf2siw", "--set", "extra_source=celeba-spoof", *BOXES)
    assert code == 1
    assert said(findings, "protocol surf2siw", "problem") == ["cannot run: celeba-spoof cannot be read"]


def test_a_release_that_cannot_be_read_is_a_problem(lab, tmp_path, capsys):
    shutil.rmtree(lab["siw"].root)
    (lab["siw"].root / "holiday").mkdir(parents=True)
    code, findings = ask(capsys, "--protocol", "surf2siw", *BOXES)
    assert code == 1
    assert "holiday" in said(findings, "release siw-mv2", "problem")[0]
    assert said(findings, "protocol surf2siw", "problem") == ["cannot run: siw-mv2 cannot be read"]
    assert said(findings, "summary", "problem")


def test_without_faces_nothing_can_start(lab, capsys):
    code, findings = ask(capsys, "--protocol", "surf2siw", "--set", "size=32", "--sample", "2", "--quiet")
    assert code == 1
    assert any("gave 0 faces; 2 not: no face found" in t for t in said(findings, "release siw-mv2", "problem"))


@pytest.mark.parametrize(
    "words",
    [
        ["--set", "hq_wcma=full"],
        ["--set", "size=7"],
        ["--protocol", "surf2live"],
        ["--sample", "0"],
        ["--set", "extra_source=siw-mv2"],
        ["--set", "detector=boxes", "--set", "detector_file=absent.csv"],
    ],
)
def test_wrong_words_are_wrong_input(lab, capsys, words):
    assert main(["doctor", "--quiet", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


@pytest.fixture
def model(tmp_path):
    """A folder as save_pretrained leaves it, in two weight files."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    (folder / "preprocessor_config.json").write_text("{}")
    for name in ("a", "b"):
        save_file({name: np.zeros((4, 4), np.float32)}, folder / f"{name}.safetensors")
    index = {"weight_map": {name: f"{name}.safetensors" for name in ("a", "b")}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def about_models(**models: object) -> list[checks.Finding]:
    world = World("lab", False, Path(), models={role: str(path) for role, path in models.items()})
    return [f for f in checks.weights(world) if f.about.removeprefix("model ") in models]


def test_whole_weights_are_described(model, tmp_path):
    with zipfile.ZipFile(tmp_path / "ViT-B-16.pt", "w") as archive:
        archive.writestr("archive/data.pkl", b"never unpickled")
    levels = [(f.level, f.about) for f in about_models(clip=tmp_path / "ViT-B-16.pt", mllm=model)]
    assert levels == [("ok", "model clip"), ("ok", "model mllm")]
    assert "qwen2_5_vl, 2 weight files, 2 tensors" in about_models(mllm=model)[0].text


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "b.safetensors").unlink(), "the weight file is missing"),
        (lambda f: (f / "b.safetensors").write_bytes((f / "b.safetensors").read_bytes()[:-5]), "bytes instead of"),
        (lambda f: (f / "b.safetensors").write_bytes(b"\xff" * 40), "not a safetensors file"),
        (lambda f: (f / "b.safetensors").write_bytes(b""), "not a safetensors file"),
        (lambda f: (f / "config.json").write_text("[]"), "not a model's configuration"),
        (lambda f: (f / "preprocessor_config.json").unlink(), "no preprocessor_config.json"),
        (shutil.rmtree, "no such file or folder"),
    ],
)
def test_half_weights_are_a_problem(model, damage, message):
    damage(model)
    (finding,) = about_models(mllm=model)
    assert finding.level == "problem"
    assert message in finding.text


def test_a_checkpoint_cut_short_is_a_problem(tmp_path):
    (tmp_path / "clip.pt").write_bytes(b"PK\x03\x04" + bytes(100))
    (finding,) = about_models(clip=tmp_path / "clip.pt")
    assert (finding.level, "fetch it again" in finding.text) == ("problem", True)


def test_a_name_is_not_taken_for_a_missing_path():
    assert [f.level for f in about_models(clip="openai", mllm="Qwen/Qwen2.5-VL-7B-Instruct")] == ["note", "note"]


def test_space_is_compared_with_what_is_free(tmp_path):
    assert checks.space(tmp_path / "new/cache", 10).level == "ok"
    assert checks.space(tmp_path / "new/cache", 2**62).level == "problem"
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("no folder")
    assert checks.space(tmp_path / "file", 10).level == "problem"


def test_samples_of_every_kind_are_decoded(tmp_path):
    write_images(tmp_path / "good", [cut_out()] * 6)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    rows = [presentation(f"g{i}", "images", f"good/000{i}.jpg") for i in range(1, 7)]
    data = release(tmp_path, *rows, presentation("bad", "images", "bad.png"), cropped=True)
    good, bad, time = checks.samples(data, Recipe(size=32), 3, 1, progress=False)
    assert (good.level, bad.level, time.level) == ("ok", "note", "ok")
    assert "images .jpg: 6 presentations; of 3 looked at 3 gave 3 faces" in good.text
    assert "1 not: not a readable image file" in bad.text
    assert time.facts["preparation_cpu_seconds"] >= 0


def test_a_sample_is_spread():
    assert checks.spread(list(range(10)), 3) == [1, 5, 8]
    assert checks.spread([1, 2], 3) == [1, 2]
