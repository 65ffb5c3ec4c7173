"""Every camera of the field's miniatures is one of its own, and is found by release and name."""

from __future__ import annotations

from dataclasses import astuple

from protocols.demo.camera import CAMERAS
from protocols.demo.field.cameras import FIELD, camera_of
from protocols.demo.releases import HELD, USUAL, plans


def test_no_two_cameras_are_alike() -> None:
    every = [astuple(camera)[1:] for camera in (*FIELD.values(), *CAMERAS.values())]
    assert len(set(every)) == len(every) == len(FIELD) + 4
    assert all(name == camera.name for name, camera in FIELD.items())


def test_every_presentation_has_a_camera() -> None:
    used = {camera_of(plan.name, item.camera).name for plan in plans(names=HELD) for item in plan.items}
    assert used == {*FIELD, *USUAL}
