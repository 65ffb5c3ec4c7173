from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import pytest

from methods import Settings, setting
from protocols.errors import InputError


@dataclass(frozen=True)
class Example(Settings):
    rate: float = setting(0.1, "section 3", demo=0.5)
    steps: int = setting(100, "section 4", demo=0)
    layer: Literal["pool", "fc7"] = setting("pool", "section 5")
    gamma: float | None = setting(None, "section 6")
    costs: tuple[float, ...] = setting((1.0, 4.0), "section 7", demo=(2.0,))
    names: tuple[str, ...] = setting((), "section 8")
    mirror: bool = setting(True, "section 9")


def test_presets() -> None:
    assert Example.preset("paper") == Example()
    assert Example.preset("demo") == Example(rate=0.5, steps=0, costs=(2.0,), train_frames=4, target_frames=4)
    with pytest.raises(InputError, match="unknown preset 'papr': did you mean paper"):
        Example.preset("papr")
    assert {f.name: f.metadata["source"] for f in fields(Example)}["rate"] == "section 3"


def test_every_method_says_how_many_frames_it_asks_for() -> None:
    assert (Example().train_frames, Example().target_frames) == (8, 8)
    assert Example().override({"train_frames": "2", "target-frames": "none"}).target_frames is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rate", "1e-3", 1e-3),
        ("steps", "7", 7),
        ("layer", "fc7", "fc7"),
        ("gamma", "none", None),
        ("gamma", "0.5", 0.5),
        ("costs", "1,2,3", (1.0, 2.0, 3.0)),
        ("costs", "", ()),
        ("names", "a,b", ("a", "b")),
        ("mirror", "No", False),
        ("mirror", "1", True),
        ("steps", "1e3", 1000),
        ("steps", "2.0", 2),
        ("rate", "0.50", 0.5),
    ],
)
def test_override_reads_text(name: str, text: str, value: object) -> None:
    assert getattr(Example().override({name: text}), name) == value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rte": "1"}, "unknown setting 'rte': did you mean rate"),
        ({"steps": "1.5"}, "setting steps: '1.5' is not a whole number"),
        ({"rate": "nan"}, "setting rate: 'nan' is not a number"),
        ({"gamma": "x"}, "setting gamma: 'x' is not none or a number"),
        ({"rate": "fast"}, "setting rate: 'fast' is not a number"),
        ({"layer": "fc8"}, "setting layer: 'fc8' is not one of pool, fc7: did you mean fc7?"),
        ({"mirror": "maybe"}, "setting mirror: 'maybe' is not yes or no"),
        ({"costs": "1,x"}, "setting costs: '1,x' is not a list with commas in which each is a number"),
    ],
)
def test_override_refuses_in_one_line(changes: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Example().override(changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hyphens_are_underscores_and_the_original_stays() -> None:
    @dataclass(frozen=True)
    class Two(Settings):
        face_scale: float = setting(1.0, "section 1")

    settings = Two()
    assert settings.override({"face-scale": "2"}).face_scale == 2
    assert settings.face_scale == 1
    assert settings.as_dict() == {"train_frames": 8, "target_frames": 8, "face_scale": 1.0}


@dataclass(frozen=True)
class Bounded(Settings):
    steps: int = setting(3, "ours")
    rate: float = setting(0.1, "ours")
    limit: int = setting(-1, "ours, -1: none")
    warm: int = setting(0, "ours")
    group: int = setting(6, "ours", least=2)
    heat: float = setting(1.0, "ours", above=0)
    drop: float = setting(0.5, "ours", below=1)
    costs: tuple[float, ...] = setting((1.0, 2.0), "ours")
    gamma: float | None = setting(None, "ours")
    on: bool = setting(False, "ours")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("steps", "0", "at least 1"),
        ("rate", "-0.1", "at least 0"),
        ("rate", "inf", "a finite number"),
        ("limit", "-2", "at least -1"),
        ("warm", "-1", "at least 0"),
        ("group", "1", "at least 2"),
        ("heat", "0", "above 0"),
        ("drop", "1", "below 1"),
        ("costs", "1,inf", "a finite number"),
        ("gamma", "inf", "a finite number"),
    ],
)
def test_numbers_that_no_run_can_have_are_refused_with_the_settings(name, value, words):
    with pytest.raises(InputError, match=f"setting {name}: .* has to be {words}"):
        Bounded().override({name: value})


def test_numbers_at_their_limits_are_taken():
    taken = {"steps": "1", "rate": "0", "limit": "-1", "warm": "0", "group": "2", "drop": "0", "gamma": "none"}
    assert Bounded().override(taken).group == 2


def test_a_setting_that_came_later_leaves_the_names_of_earlier_runs_as_they_are():
    @dataclass(frozen=True)
    class Before(Settings):
        size: int = setting(64, "ours")

    @dataclass(frozen=True)
    class Since(Before):
        passes: int = setting(1, "ours: one, as before", later=True)

    assert Since().digested() == Before().digested() == Before().as_dict()
    assert Since(passes=2).digested() == {**Before().digested(), "passes": 2}
    assert Since().as_dict()["passes"] == 1
