"""One log-odds per presentation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from methods.clip.scoring import predictions, smallest_hter


def test_mean_probability_and_its_log_odds(toy_faces) -> None:
    faces = toy_faces(2, frames=2)
    logits = np.array([[0.0, 1.0], [0.5, 3.5], [2.0, -1.0], [0.0, 0.0]])
    live = [1 / (1 + math.exp(-d)) for d in (1.0, 3.0, -3.0, 0.0)]
    means = [(live[0] + live[1]) / 2, (live[2] + live[3]) / 2]
    wanted = [math.log(p / (1 - p)) for p in means]
    assert predictions(faces, logits, "probability").scores == pytest.approx(wanted, abs=1e-12)
    assert predictions(faces, logits, "logit").scores == pytest.approx([2.0, -1.5], abs=1e-12)


def test_frame_wise_is_the_middle_frame_alone(toy_faces) -> None:
    from dataclasses import replace

    faces = toy_faces(3, frames=3)
    few = replace(
        faces, rows=faces.rows[[0, 1, 2, 6]], owner=faces.owner[[0, 1, 2, 6]], context=faces.context[[0, 1, 2, 6]]
    )
    logits = np.array([[0.0, 1.0], [0.0, -2.0], [0.0, 3.0], [0.5, 0.0]])
    answer = predictions(few, logits, "frame-wise")
    assert answer.scores[[0, 2]].tolist() == [-2.0, -0.5]
    assert np.isnan(answer.scores[1])
    single = toy_faces(4, frames=1)
    frame_wise, mean = (predictions(single, logits, how).scores for how in ("frame-wise", "probability"))
    assert frame_wise == pytest.approx(mean, abs=1e-12)


def test_sure_frames_keep_their_order_and_stay_finite(toy_faces) -> None:
    logits = np.array([[0.0, 60.0], [0.0, 90.0], [200.0, 0.0]])
    scores = predictions(toy_faces(3, frames=1), logits, "probability").scores
    assert np.isfinite(scores).all()
    assert scores[1] > scores[0] > scores[2]


def test_a_presentation_without_frames_is_a_non_response(toy_faces) -> None:
    from dataclasses import replace

    faces = toy_faces(2, frames=1)
    faces = replace(faces, keys=(*faces.keys, "none"), labels=None, domains=None)
    answer = predictions(faces, np.array([[0.0, 1.0], [1.0, 0.0]]), "probability")
    assert answer.decisions == ("bona fide", "attack", "non-response")
    assert answer.reasons == (None, None, "no frames")
    assert np.isnan(answer.scores[2])


def test_smallest_hter_is_counted_where_the_rates_meet() -> None:
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0], np.int8)
    assert smallest_hter(np.array([5.0, 6, 7, 8, 1, 2, 3, 4]), labels) == 0.0
    assert smallest_hter(np.array([2.5, 6, 7, 8, 1, 2, 3, 9]), labels) == pytest.approx(0.25)
    assert smallest_hter(np.ones(8), labels) == pytest.approx(0.5)
