"""One's own data in every form through every family: a spreadsheet's list, a folder tree, FLIP's frames.

Three sources of three forms are trained on at once, by methods of each family, on weights that the configuration names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import methods
from benchmark.__main__ import main
from benchmark.results.runs import Run
from methods.clip.sampling import BalancedBatches
from methods.method import Job, Method
from protocols.store.faces import Faces
from tests import own_data
from tests.protocols import frames_miniature

OWN = """
name = "lab"
cache = "cache"

[releases]
booth = {{ path = "booth/booth.csv", title = "The booth", cropped = true }}
door = {{ path = "door", cropped = true }}
msu-mfsd = "flip"
hall = {{ path = "hall/list.jsonl", cropped = true }}

[models]
clip = "clip.safetensors"
mllm = "{mllm}"

[protocols.three2hall]
sources = ["booth", "door", "msu-mfsd"]
targets = ["hall"]

[protocols.hall2flip]
sources = ["hall"]
targets = ["msu-mfsd"]
"""
THREE = ("booth", "door", "msu-mfsd")
COLUMNS = ("release", "id", "species", "frames")
QUICK = {
    "ms-lbp": (),
    "cnn": ("steps=4", "batch=8", "width=0.1"),
    "flip-v": ("iterations=2", "per_domain_batch=2", "backbone=tiny"),
    "flip-mcl": ("iterations=1", "per_domain_batch=2", "backbone=tiny"),
    "foundpad": ("epochs=1", "batch=8", "backbone=tiny"),
    "qwen-zero-shot": ("max_new_tokens=8",),
    "sft": ("max_steps=1", "max_new_tokens=8"),
    "grpo": ("max_steps=1", "batch_size=2", "groups_per_pass=2", "generations=2", "max_new_tokens=8"),
}
"""Method -> settings with which it takes every step and learns nothing."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data in four forms, the demo's weights as files of one's own, and the configuration."""
    from methods.mllm.demo.shipped import PLACE

    folder = tmp_path_factory.mktemp("lab")
    (folder / "booth").mkdir()
    rows = own_data.booth(folder / "booth", films=True)
    (folder / "booth/booth.csv").write_bytes(own_data.as_csv(rows, office=True))
    own_data.door(folder / "door")
    frames_miniature.write(folder / "flip")
    (folder / "hall").mkdir()
    rows = own_data.booth(folder / "hall", range(20, 36), train=30)
    lines = [json.dumps(dict(zip(own_data.COLUMNS, row, strict=True)) | {"set": None}) for row in rows]
    (folder / "hall/list.jsonl").write_text("\n".join(lines))
    (folder / "benchmark.toml").write_text(OWN.format(mllm=PLACE))
    return folder


@pytest.fixture
def run(lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """`run(method, protocol, "name=value", ...)`: the run that the command makes there."""
    monkeypatch.chdir(lab)

    def command(method: str, protocol: str, *settings: str) -> Run:
        words = [word for one in settings for word in ("--set", one)]
        preset = ("--preset", "demo", "--threads", "1", "--workers", "1", "--quiet")
        code = main(["run", "--method", method, "--protocol", protocol, *preset, *words])
        said = capsys.readouterr()
        assert code == 0, said.err
        return Run.open(Path(said.out.rpartition(" -> ")[2].strip()))

    return command


@pytest.fixture
def tiny(lab: Path) -> None:
    """A CLIP of small towers, under a name that open_clip knows, with weights in a file."""
    import open_clip
    from safetensors.torch import save_file

    from methods.clip import demo, weights

    (lab / "tiny.json").write_text(json.dumps(demo.CONFIG))
    open_clip.add_model_config(lab / "tiny.json")
    if not (lab / "clip.safetensors").exists():
        save_file(weights.blank(weights.configuration("tiny"), 0).model.state_dict(), lab / "clip.safetensors")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Faces]]:
    """`shown(method)`: what that method is trained on, `train` and `dev`, once it has been."""

    def watch(method: str) -> dict[str, Faces]:
        kind, seen = methods.get(method), {}
        fit = kind.fit

        def watched(self: Method, train: Faces, dev: Faces, job: Job) -> None:
            seen.update(train=train, dev=dev)
            fit(self, train, dev, job)

        monkeypatch.setattr(kind, "fit", watched)
        return seen

    return watch


@pytest.mark.parametrize("method", QUICK)
def test_every_family_trains_on_three_sources(method, run, tiny, shown):
    seen = shown(method)
    made = run(method, "three2hall", *QUICK[method], "train_frames=1", "target_frames=1")
    assert made.task.sources == THREE
    assert set(made.scores.release) == {"hall"}
    assert set(made.dev_scores.release) == set(THREE)
    assert not made.demo
    for part in ("train", "dev") if method != "qwen-zero-shot" else ():
        assert tuple(dict.fromkeys(seen[part].domains)) == THREE


def test_flip_s_batches_have_as_many_of_each_source_and_class(run, tiny, shown, monkeypatch):
    steps = []
    batch = BalancedBatches.__call__

    def watched(self: BalancedBatches, step: int) -> NDArray[np.int64]:
        steps.append(batch(self, step))
        return steps[-1]

    monkeypatch.setattr(BalancedBatches, "__call__", watched)
    train = shown("flip-it")
    made = run("flip-it", "three2hall", "iterations=2", "per_domain_batch=2", "backbone=tiny", "target_frames=1")
    faces = train["train"]
    of = [(faces.domains[owner], int(label)) for owner, label in zip(faces.owner, faces.frame_labels, strict=True)]
    assert len({of.count(one) for one in set(of)}) > 1, "the sources differ in size"
    for frames in steps:
        assert Counter(of[frame] for frame in frames) == {(name, label): 2 for name in THREE for label in (0, 1)}
    assert made.facts["pictures_per_step"] == 12


def test_a_spreadsheet_s_list_a_tree_and_flip_s_frames_are_presentations_like_any(run):
    made = run("ms-lbp", "three2hall")
    rows = {(r, i): (s, int(n)) for r, i, s, n in zip(*(getattr(made.dev_scores, c) for c in COLUMNS), strict=True)}
    assert {kind for (release, _), (kind, _) in rows.items() if release == "booth"} == {
        "bona fide",
        "print",
        "foil hat",
    }
    assert {n for (release, _), (_, n) in rows.items() if release == "msu-mfsd"} == {2}, "both frames of a video"
    assert len(made.scores) == 48
    for title in ("The booth", "door", "MSU-MFSD"):
        assert any(line.startswith(f"{title}: it has no dev part") for line in made.warnings)
    assert any("columns that are not read: operator" in line for line in made.warnings)
    for file in made.path.iterdir():
        assert b"A. Name" not in file.read_bytes()
    assert made.covariates.names == ("sensor",)
    sensors = dict(zip(made.scores.id, made.covariates.values("sensor"), strict=True))
    assert (sensors["live/20"], sensors["print/21"]) == ("phone", "webcam")
    backwards = run("ms-lbp", "hall2flip")
    assert set(backwards.covariates.values("sensor")) == {"android", "laptop"}
    assert len(backwards.scores) == 6, "eight videos less the two of the few-shot lists"
    assert set(backwards.scores.species) == {"bona fide", "print", "replay"}


def test_five_shots_are_trained_on_and_the_target_is_that_of_one(run, shown):
    seen = shown("ms-lbp")
    run("ms-lbp", "three2hall")
    seen.clear()
    none = run("ms-lbp", "three2hall", "few_shot=0")
    assert not seen, "no shots are the training without a list, which stands already"
    five = run("ms-lbp", "three2hall", "few_shot=5")
    shots = [label for name, label in zip(seen["train"].domains, seen["train"].labels, strict=True) if name == "hall"]
    assert sorted(shots) == [0] * 5 + [1] * 5
    one = run("ms-lbp", "three2hall", "few_shot=1")
    assert set(five.scores.id) == set(one.scores.id) < set(none.scores.id)
    assert len(none.scores) == 48 - 20, "ten of each class lie in the list, and their subjects where they are shown"
    assert len(five.scores) == 48 - 30, "ten subjects of three presentations each lie in the list"
    assert any("hall: it has no few-shot list: 30 presentations were drawn" in line for line in five.warnings)
    own = run("ms-lbp", "hall2flip", "few_shot=1")
    assert list(seen["train"].domains).count("msu-mfsd") == 2
    assert len(own.scores) == 6
