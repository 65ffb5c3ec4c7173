from __future__ import annotations

import json
from dataclasses import replace

import pytest

from protocols.recipe import Recipe
from protocols.store.earlier import earlier
from tests.protocols.media_factory import presentation, release

RECIPE = Recipe(frames=25)


@pytest.fixture
def cefa(tmp_path):
    return release(tmp_path, presentation("a", "images", "a.jpg"), name="cefa")


def store(cache, release, name, **values):
    """The first line of a manifest, as a preparation with other values of the recipe writes it."""
    (cache / name).mkdir(parents=True)
    recipe = {key: value for key, value in {**RECIPE.as_dict(), **values}.items() if value is not None}
    head = {"release": release.name, "release_digest": release.digest, "recipe": recipe}
    (cache / name / "manifest.jsonl").write_text(json.dumps(head) + "\n")


def test_a_store_of_the_format_before_is_recognised(cefa, tmp_path):
    store(tmp_path / "cache", cefa, "cefa-old", format=1, frames=8, face_size=None)
    assert earlier(cefa, RECIPE, tmp_path / "cache") == (
        "cefa: the store cefa-old was prepared with format=1, face_size=none, frames=8; "
        "asked for: format=2, face_size=640, frames=25. Prepared again"
    )


def test_the_nearest_store_is_named(cefa, tmp_path):
    store(tmp_path, cefa, "cefa-far", frames=8, context=1.4, fit="pad")
    store(tmp_path, cefa, "cefa-near", frames=8)
    assert "cefa-near was prepared with frames=8; asked for: frames=30" in earlier(
        cefa, replace(RECIPE, frames=30), tmp_path
    )


def test_stores_of_other_releases_and_other_folders_do_not_count(cefa, tmp_path):
    assert earlier(cefa, RECIPE, tmp_path / "absent") is None
    other = release(tmp_path, presentation("b", "images", "b.jpg"), name="cefa")
    store(tmp_path, other, "cefa-other", frames=8)
    (tmp_path / "cefa-empty").mkdir()
    (tmp_path / "cefa-text").mkdir()
    (tmp_path / "cefa-text" / "manifest.jsonl").write_text("no store\n")
    assert earlier(cefa, RECIPE, tmp_path) is None
