"""A run says what became of its data before it trains, records it, and refuses a part that lacks too much."""

from __future__ import annotations

import shutil

import pytest

from benchmark.results.runs import find
from protocols.demo import build

WORDS = ("run", "--method", "ms-lbp", "--protocol", "surf2siw", "--quiet")


@pytest.fixture
def world(demo_cache, tmp_path):
    """A world of the user's own on copies of two miniatures: its folder, with `benchmark.toml` in it."""
    roots = build(demo_cache, size="small")
    for name in ("casia-surf", "siw-mv2"):
        shutil.copytree(roots[name], tmp_path / name)
    (tmp_path / "benchmark.toml").write_text(
        'name = "lab"\ncache = "cache"\n[releases]\ncasia-surf = "casia-surf"\nsiw-mv2 = "siw-mv2"\n'
    )
    return tmp_path


def config(world):
    return ("--config", str(world / "benchmark.toml"), "--results", str(world / "results"), "--preset", "demo")


def test_losses_of_training_are_said_kept_and_do_not_cost_the_rest(command, world):
    videos = sorted((world / "casia-surf").rglob("Training/real_part/*"))
    pictures = sorted(videos[0].rglob("color/*.jpg"))
    for picture in pictures:
        picture.write_bytes(b"")
    sorted(videos[1].rglob("color/*.jpg"))[0].write_bytes(b"")
    done = command(*WORDS, *config(world))
    assert done.returncode == 0, done.stderr
    (line,) = [text for text in done.stdout.splitlines() if text.strip().startswith("train:")]
    assert "1 used in part" in line
    assert "lost 1 bona fide" in line
    (run,) = find(world / "results")
    train, dev, target = run.ledgers
    assert (train.part, dev.part, target.part) == ("train", "dev", "target")
    assert sum(train.lost()["bona fide"].values()) == 1
    assert sum(row.partly for row in train.lines) == 1
    assert not run.partial
    assert sum(row.in_part for row in target.lines) == run.counts.target


def test_a_target_without_a_species_is_refused_before_training_and_allowed_by_name(command, world):
    for file in (world / "siw-mv2").rglob("Replay_*"):
        file.unlink()
    done = command(*WORDS, *config(world))
    assert done.returncode == 2
    assert "replay presentations" in done.stderr
    assert "--partial" in done.stderr
    assert list(find(world / "results")) == []
    allowed = command(*WORDS, *config(world), "--partial")
    assert allowed.returncode == 0, allowed.stderr
    (run,) = find(world / "results")
    assert run.partial
    table = command("table", "1", "--results", str(world / "results"))
    assert table.returncode == 0
    assert "figures of a part of their target" in table.stdout


def test_tables_and_report_show_the_coverage_of_a_run(command, world):
    command(*WORDS, *config(world))
    results = ("--results", str(world / "results"))
    for kind in ("1", "species", "policies"):
        assert "surf2siw: train: " in command("table", kind, *results).stdout
    page = world / "page.html"
    assert command("report", *results, "--output", str(page)).returncode == 0
    text = page.read_text()
    assert "Coverage: what became of the presentations" in text
    assert "no face found" in text
