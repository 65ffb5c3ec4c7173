from __future__ import annotations

import numpy as np
import pytest

from protocols.demo import CAMERAS, CUES, SIMULATORS, Camera, identities, sample, spare_identities
from protocols.demo.act import Cast
from protocols.demo.motion import Pose
from protocols.demo.simulators import partner
from protocols.species import GROUPS

ATTACKS = [species for species in SIMULATORS if species != "bona fide"]


def frame(species: str, pose: Pose, seed: int = 5, strength: float = 0.4) -> np.ndarray:
    cast = Cast(identities()[3], identities()[17], strength)
    return SIMULATORS[species](cast, np.random.default_rng(seed)).frame(pose)[0]


@pytest.mark.parametrize("species", ATTACKS)
def test_every_attack_shows_more_than_camera_noise_on_the_face_even_at_its_weakest(species: str) -> None:
    who = identities()[3]
    changed = np.abs(frame(species, Pose()) - who.picture).max(-1)[who.oval > 0.5]
    noise = 4 * max(camera.noise for camera in CAMERAS.values())
    assert (changed > noise).mean() > 0.02


@pytest.mark.parametrize("species", ["print", "cloth print", "mannequin"])
def test_dead_media_do_not_blink(species: str) -> None:
    assert np.array_equal(frame(species, Pose()), frame(species, Pose(blink=1.0)))


@pytest.mark.parametrize("species", ["bona fide", "replay", "cut photo", "rigid mask", "cosmetic makeup", "tattoo"])
def test_eyes_that_live_or_are_played_back_do_blink(species: str) -> None:
    who = identities()[3]
    eyes = who.frame.both(0.5, 0.0, 0.2, 0.1) > 0.5
    changed = np.abs(frame(species, Pose()) - frame(species, Pose(blink=1.0))).max(-1)
    assert changed[eyes].mean() > 0.03
    if species == "rigid mask":  # only behind the holes
        cheeks = who.frame.both(0.55, 0.6, 0.15, 0.15) > 0.5
        assert changed[cheeks].max() < 0.01


def test_all_species_of_the_taxonomy_are_staged_and_described() -> None:
    assert set(GROUPS) <= set(SIMULATORS)
    assert set(CUES) == set(SIMULATORS)
    assert all(phrase == phrase.lower() and 2 <= len(phrase.split()) <= 9 for cues in CUES.values() for phrase in cues)


def test_samples_repeat_with_their_seed_and_are_pictures_of_a_face_with_margin() -> None:
    who = spare_identities()[0]
    cameras: list[Camera | str] = [*CAMERAS, Camera.random(np.random.default_rng(3))]
    for camera in cameras:
        first, again = (sample(who, "replay", camera, np.random.default_rng(4), 2) for _ in range(2))
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert all(p.dtype == np.uint8 and p.ndim == 3 and 110 <= min(p.shape[:2]) <= 290 for p in first)
        assert not np.array_equal(first[0], first[1])


def test_spare_people_meet_only_spare_people() -> None:
    spare = {who.index for who in spare_identities()}
    rng = np.random.default_rng(0)
    for who in spare_identities():
        met = {partner(who, rng).index for _ in range(20)}
        assert met <= spare - {who.index}
