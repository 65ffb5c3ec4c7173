"""The demo's policy as it is shipped: whole, pinned, small, and a weak model that keeps the format."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from methods.mllm import answer, generate, model, weights
from methods.mllm.demo import pictures, shipped
from methods.mllm.settings import MllmSettings
from protocols.errors import InputError


def test_it_is_pinned(job):
    assert shipped.folder(job.cache) == shipped.PLACE
    assert model.base_model(MllmSettings(), job) == str(shipped.PLACE)
    assert weights.digest(shipped.PLACE) == shipped.DIGEST
    assert (shipped.PLACE / "model.safetensors").stat().st_size < 3_000_000


def test_another_model_in_its_place_is_refused(tiny_model, tmp_path, monkeypatch):
    place = shutil.copytree(tiny_model, tmp_path / "policy")
    monkeypatch.setattr(shipped, "PLACE", place)
    with pytest.raises(InputError, match="not the one that belongs to this version"):
        shipped.folder(tmp_path)
    (place / "model.safetensors").unlink()
    with pytest.raises(InputError, match="missing"):
        shipped.folder(tmp_path)


def test_it_keeps_the_format_and_is_unsure():
    opened, processor = model.load(str(shipped.PLACE), MllmSettings.preset("demo"), "cpu")
    shown = pictures.render(0, 48, seed=9, held_out=True)
    said = generate.respond(opened, processor, list(shown.shown(np.arange(48), None)), batch=48, max_new_tokens=96)
    assert np.mean([answer.well_formed(r.text) and answer.parse(r.text) is not None for r in said]) >= 0.95
    odds = np.array([r.log_odds for r in said])
    assert len(set(odds.tolist())) > 16  # the picture matters
    assert np.nanmedian(np.abs(odds)) < 5
