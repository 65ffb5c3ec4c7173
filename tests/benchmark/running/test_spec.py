from __future__ import annotations

from dataclasses import replace

import pytest

import methods
from benchmark.running.spec import RunSpec
from protocols.catalogue import shipped
from protocols.errors import InputError
from protocols.recipe import Recipe
from protocols.world import World, demo_world


@pytest.fixture
def world(tmp_path):
    return World("lab", False, tmp_path)


def of(world, method="ms-lbp", **changes):
    return RunSpec.of(world, "cefa2siw", method, changes=changes)


def test_the_store_holds_the_largest_number_of_frames_that_a_method_asks_for(world):
    asked = [
        frames
        for kind in methods.available()
        for frames in (kind.settings_class().train_frames, kind.settings_class().target_frames)
    ]
    assert max(asked) == Recipe().frames == 25
    assert {of(world, kind.name).recipe.digest for kind in methods.available()} == {Recipe().digest}


def test_more_frames_than_the_store_holds_mean_another_store(world):
    assert of(world, train_frames="25").recipe.frames == 25
    assert of(world, train_frames="30").recipe.frames == 30
    assert of(world, target_frames="31", train_frames="none").recipe.frames == 31
    assert of(world, target_frames="31").overrides == {"target_frames": 31}


def test_a_smaller_store_stays_so_unless_more_frames_are_asked_for_by_name(world):
    assert of(world, "foundpad", frames="4").recipe.frames == 4
    assert of(world, "foundpad", frames="4", train_frames="6").recipe.frames == 6
    assert of(world, "foundpad", frames="10", train_frames="6").recipe.frames == 10


def test_the_demo_s_store_is_enough_for_every_method(world, tmp_path):
    demo = World("demo", True, tmp_path)
    assert {of(demo, kind.name).recipe.frames for kind in methods.available()} == {4}


@pytest.mark.parametrize("name", ["train_frames", "target_frames"])
def test_frames_are_counted_from_one(world, name):
    with pytest.raises(InputError, match=f"setting {name}: 0"):
        of(world, **{name: "0"})


def test_several_answers_need_several_frames(world):
    with pytest.raises(InputError, match="majority needs several frames"):
        of(world, "qwen-zero-shot", frames_per_presentation="majority")
    assert (
        of(world, "qwen-zero-shot", frames_per_presentation="majority", target_frames="8").settings.target_frames == 8
    )


def test_the_id_changes_with_the_content_of_a_subset_file_and_not_with_its_name(world, tmp_path):
    def narrowed(name, *ids):
        (tmp_path / name).write_text("\n".join(ids))
        return of(world, target_subset=str(tmp_path / name))

    first, again = narrowed("a.txt", "x", "y"), narrowed("b.txt", "y", "x")
    assert first.id == again.id != of(world).id
    assert narrowed("a.txt", "x", "z").id != first.id
    assert list(first.overrides) == ["target_subset"]
    assert of(world, target_subset="none").id == of(world).id


def test_a_protocol_that_names_other_releases_today_makes_other_runs(world):
    def spec(protocol, targets):
        known = shipped().add({"protocols": {protocol: {"sources": ["cefa"], "targets": targets}}}, {}, "lab.toml")
        return RunSpec.of(replace(world, catalogue=known), protocol, "ms-lbp")

    assert spec("ours", ["siw-mv2"]).id == spec("ours", ["siw-mv2"]).id != spec("ours", ["hq-wmca"]).id
    plain = [of(world), RunSpec.of(world, "cefa-to-msu-mfsd", "ms-lbp"), RunSpec.of(world, "intra-cefa", "ms-lbp")]
    digests = {run.config_digest for run in plain[:2]}
    assert len(digests) == 1, "names that say their releases leave the digest to the configuration"


NAMED = {
    "cnn": "463617e0",
    "colour-texture": "aee3faa8",
    "flip-it": "5ff9e89f",
    "flip-mcl": "72618d2b",
    "flip-v": "226601e0",
    "foundpad": "ae2aa24c",
    "foundpad-fe": "b4b822f1",
    "foundpad-vit-fs": "1e576320",
    "grpo": "8a9302b4",
    "grpo-lora": "2db83a15",
    "ms-lbp": "dacf6b8c",
    "qwen-zero-shot": "efc890c2",
    "sft": "b8c949f4",
    "sft-lora": "89197ee6",
}
"""Method -> what its runs in the demo world are called since the face store of format 2."""


@pytest.mark.parametrize("method", NAMED)
def test_runs_keep_their_names(method):
    """A new setting whose default is what was done before is declared with `later`: nobody's runs become strangers."""
    spec = RunSpec.of(demo_world(), "surf2siw", method)
    assert spec.id == f"demo/surf2siw/{method}/s0-{NAMED[method]}"
