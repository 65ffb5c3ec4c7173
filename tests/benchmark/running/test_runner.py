"""Runs from releases to score file in the small demo world: complete, repeatable, and the same after any kill."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.__main__ import main
from benchmark.metrics.summary import figures
from benchmark.results.runs import Run, find
from protocols.demo import build
from tests.conftest import environment

WORDS = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--quiet")


def only_run(results: Path) -> Run:
    (run,) = find(results)
    return run


@pytest.fixture(scope="module")
def undisturbed(demo_cache, tmp_path_factory):
    """A results folder with one finished run, made as people make it."""
    results = tmp_path_factory.mktemp("undisturbed")
    words = [sys.executable, "-m", "benchmark", *WORDS, "--results", str(results)]
    done = subprocess.run(words, env=environment(demo_cache), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return results


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of that run, for one test alone."""
    shutil.copytree(undisturbed, tmp_path / "results")
    return only_run(tmp_path / "results")


def test_a_run_says_all_about_itself(finished):
    meta = json.loads((finished.path / "run.json").read_text())
    assert meta["id"] == finished.path.relative_to(finished.path.parents[3]).as_posix()
    assert (meta["world"], meta["demo"], meta["preset"], meta["policy"]) == ("demo", True, "demo", "source-eer")
    assert set(meta["stages"]) == {"fit", "predict"}
    assert all(len(meta["digests"][key]) == 64 for key in ("source", "target", "scores", "dev_scores", "config"))
    assert meta["overrides"] == {}
    assert meta["choices"]["source_splits"] == "train"
    assert "cefa_parts" not in meta["choices"], "no release of this protocol has that choice"
    names = {path.name for path in finished.path.iterdir()} - {"figures.json", "log.jsonl"}
    assert names == {"run.json", "scores.parquet", "dev-scores.parquet", "test-scores.parquet"}


def test_every_presentation_of_the_target_has_one_row_and_failures_are_non_responses(finished):
    scores = finished.scores
    counts = finished.counts
    assert len(scores) == counts.target == counts.expected_bona_fide + counts.expected_attack
    silent = {i: r for i, r, d in zip(scores.id, scores.reason, scores.decision, strict=True) if d == "non-response"}
    assert len(silent) == counts.non_response > 0
    assert all(silent.values())
    assert np.isnan(scores.score[~scores.responded]).all()
    assert np.isfinite(scores.score[scores.responded]).all()


def test_the_file_s_decisions_are_those_of_the_run_s_own_policy(finished):
    """The score file alone gives the rates that the table prints; what the score's sign says stays in `answer`."""
    for scores, side in ((finished.scores, "target"), (finished.dev_scores, "dev")):
        wrong = Counter(scores.species[scores.responded & (scores.decision != scores.label)].tolist())
        entry = getattr(figures(finished).policies["source-eer"], side)
        assert dict(wrong) == {species: n for species, (_, n, _) in entry.items() if n}
        sign = np.where(scores.score >= 0, "bona fide", "attack")
        assert (scores.answer == sign)[scores.responded].all()
    assert (finished.scores.answer != finished.scores.decision).any()


def test_a_run_that_is_complete_is_not_made_again_unless_forced(command, finished, tmp_path):
    before = (finished.path / "run.json").stat().st_mtime_ns
    scores = (finished.path / "scores.parquet").read_bytes()
    again = command(*WORDS, "--results", str(tmp_path / "results"))
    assert "complete already" in again.stdout
    assert (finished.path / "run.json").stat().st_mtime_ns == before
    forced = command(*WORDS, "--results", str(tmp_path / "results"), "--force")
    assert forced.returncode == 0, forced.stderr
    assert (finished.path / "run.json").stat().st_mtime_ns != before
    assert (finished.path / "scores.parquet").read_bytes() == scores  # bit for bit


def test_other_settings_are_another_run_and_stay_out_of_the_default_rows(command, finished, tmp_path):
    done = command(*WORDS, "--results", str(tmp_path / "results"), "--set", "target_frames=1")
    assert done.returncode == 0, done.stderr
    runs = {tuple(run.overrides.items()): run for run in find(tmp_path / "results")}
    assert set(runs) == {(), (("target_frames", 1),)}
    assert set(runs[("target_frames", 1),].scores.frames.tolist()) == {0, 1}


def test_a_list_narrows_the_target_and_nothing_else(command, finished, tmp_path):
    chosen = finished.scores.id[::2]
    (tmp_path / "half.txt").write_text("\n".join(chosen))
    words = (*WORDS, "--results", str(tmp_path / "results"), "--set", "target_subset=half.txt")
    done = command(*words)
    assert done.returncode == 0, done.stderr
    (run,) = [run for run in find(tmp_path / "results") if run.overrides]
    scores = {row["id"]: row["score"] for row in finished.scores.rows()}
    found = {row["id"]: row["score"] for row in run.scores.rows()}
    assert found == pytest.approx({name: scores[name] for name in chosen}, abs=1e-6, nan_ok=True)
    (run.path / "run.json").unlink()
    with (tmp_path / "half.txt").open("a") as file:
        file.write("\nnobody\n")
    done = command(*words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "setting target_subset, half: the presentation 'nobody' is not in SiW-Mv2" in done.stderr


def test_killed_at_random_moments_a_run_ends_with_the_scores_of_an_undisturbed_one(finished, demo_cache, tmp_path):
    """`kill -9` of the process group in preparation, fit and prediction; a cache of its own, so that all are hit."""
    cache, results = tmp_path / "cache", tmp_path / "killed"
    words = [sys.executable, "-m", "benchmark", *WORDS, "--results", str(results)]
    chance = random.Random(20261123)
    kills, code = 0, None
    while code is None:
        process = subprocess.Popen(
            words, env=environment(cache), start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if kills < 10:
            try:
                process.communicate(timeout=chance.uniform(0.5, 6.0))
                code = process.returncode
            except subprocess.TimeoutExpired:
                kills += 1
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        else:
            process.communicate()
            code = process.returncode
    assert code == 0
    assert kills > 0
    for name in ("scores.parquet", "dev-scores.parquet"):
        assert (only_run(results).path / name).read_bytes() == (finished.path / name).read_bytes()
    leftovers = [p.name for p in only_run(results).path.parent.iterdir() if p.is_dir()]
    assert leftovers == [only_run(results).path.name]


def test_a_second_process_on_the_same_run_is_refused_and_the_first_one_ends_well(demo_cache, tmp_path, command):
    results = tmp_path / "results"
    words = [sys.executable, "-m", "benchmark", *WORDS, "--results", str(results)]
    first = subprocess.Popen(words, env=environment(demo_cache), stdout=subprocess.DEVNULL)
    parent = results / "runs" / "demo" / "surf2siw" / "ms-lbp"
    while first.poll() is None and not list(parent.glob(".*.work")):
        time.sleep(0.01)
    second = command(*WORDS, "--results", str(results))
    assert first.wait() == 0
    if second.returncode:  # it came while the first one was still at work
        assert second.returncode == 75
        assert "another process" in second.stderr
        assert second.stderr.count("\n") == 1
    assert len(only_run(results).scores)


def test_a_full_disk_leaves_no_run_and_says_so(command, small_disk):
    small_disk.mount("40k")
    done = command(*WORDS, "--results", str(small_disk.folder))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "the disk is full" in done.stderr
    assert list(find(small_disk.folder)) == []


def test_a_method_that_breaks_its_contract_gives_no_run(command, tmp_path):
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "brokenpad.py").write_text(
        "import numpy as np\n"
        "from methods import Method, Predictions, register\n"
        "@register('nan-maker', title='NaN')\n"
        "class NanMaker(Method):\n"
        "    def fit(self, train, dev, job): pass\n"
        "    def predict(self, faces, job): return Predictions(np.full(len(faces), np.nan))\n"
        "    def save(self, folder): (folder / 'model').touch()\n"
        "    def load(self, folder, job): pass\n"
    )
    info = tmp_path / "plugin" / "brokenpad-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brokenpad\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pad_benchmark.methods]\nnan-maker = brokenpad\n")
    path = f"{environment(tmp_path)['PYTHONPATH']}:{tmp_path / 'plugin'}"
    words = ("run", "--method", "nan_maker", "--protocol", "surf2siw", "--quiet")
    done = command(*words, "--results", str(tmp_path / "results"), PYTHONPATH=path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "nan-maker gave NaN without a reason" in done.stderr
    assert list(find(tmp_path / "results")) == []


def test_presentations_of_the_target_get_the_scores_of_the_score_file(command, finished, demo_cache, tmp_path):
    """A video, and the same as a folder of its frames, are what the run was shown: one decision each."""
    import av

    siw = build(demo_cache, size="small")["siw-mv2"]
    known = {i: s for i, s in zip(finished.scores.id, finished.scores.score.tolist(), strict=True) if np.isfinite(s)}
    videos = [path for path in sorted(Path(siw).rglob("*.mov")) if path.stem in known][:3]
    frames = tmp_path / "frames"
    frames.mkdir()
    with av.open(str(videos[0])) as opened:
        for i, frame in enumerate(opened.decode(video=0)):
            frame.to_image().save(frames / f"frame_{i}.png")
    word = "/".join(finished.id.split("/")[:3])
    words = ("--run", word, "--results", str(tmp_path / "results"))
    done = command("predict", *map(str, videos), str(frames), *words, "--json")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["score"] for a in answers[:3]] == pytest.approx([known[video.stem] for video in videos], abs=1e-6)
    assert answers[0]["frames"] > 1
    assert abs(answers[3]["score"] - answers[0]["score"]) < 0.2  # a folder has no times to spread the frames by
    drawn = command("predict", str(videos[0]), *words, "--draw", "seen.png")
    assert drawn.returncode == 0, drawn.stderr
    with Image.open(tmp_path / "seen.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert colours & {(0, 158, 115), (213, 94, 0)}  # the box, in the colour of the decision
    both = command("predict", *map(str, videos), *words, "--draw", "seen.png")
    assert (both.returncode, "shows one presentation" in both.stderr) == (2, True)
    onto = command("predict", str(frames), *words, "--draw", str(frames / "frame_0.png"))
    assert (onto.returncode, "an input of this command" in onto.stderr) == (2, True)


def test_a_real_photograph_is_decided_by_a_trained_method(command, finished, tmp_path):
    from skimage import data

    Image.fromarray(data.astronaut()).save(tmp_path / "astronaut.png")
    Image.new("RGB", (300, 300), "grey").save(tmp_path / "wall.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    pictures = ("astronaut.png", "wall.png", "broken.jpg")
    done = command("predict", *pictures, "--run", str(finished.path), "--json")
    assert done.returncode == 1, done.stderr  # one of them cannot be read
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0]["decision"] in ("bona fide", "attack")
    assert np.isfinite(answers[0]["score"])
    assert (answers[0]["score"] >= answers[0]["threshold"]) == (answers[0]["decision"] == "bona fide")
    assert [a["decision"] for a in answers[1:]] == ["non-response", "non-response"]
    assert answers[1]["reason"] == "no face found"
    missing = command("predict", "nobody.png", "--run", str(finished.path))
    assert missing.returncode == 2
    assert "no such picture" in missing.stderr


def test_a_launch_that_cannot_cut_models_is_refused_before_processes_meet(demo_cache, tmp_path, monkeypatch, capsys):
    """Nobody waits for the other process, which does not exist."""
    settings = {"PAD_CACHE": str(demo_cache), "WORLD_SIZE": "2", "RANK": "0", "ACCELERATE_USE_DEEPSPEED": "true"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(metadata, "version", lambda name: "0.1.0")
    assert main([*WORDS, "--results", str(tmp_path)]) == 2
    assert "asks for DeepSpeed: its version 0.1.0 is not among those tested" in capsys.readouterr().err
