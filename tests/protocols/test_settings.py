"""Words become values, and are refused in one line that names the setting, the value and what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from protocols.errors import InputError
from protocols.settings import changed, from_words, parse, same


@dataclass(frozen=True)
class Faces:
    frames: int = 8
    context: float = 1.8
    boxes: Path | None = None


@dataclass(frozen=True)
class Parts:
    parts: Literal["2d+masks", "2d"] = "2d+masks"
    masks: bool = False
    splits: tuple[str, ...] = ("train",)
    frames: int = 4


def test_words_are_names_and_texts_and_the_last_of_a_name_counts() -> None:
    assert from_words(["train-fraction=0.5", "a=x=y", "a = z"]) == {"train_fraction": "0.5", "a": " z"}
    for word in ("frames", "=1", " =1"):
        with pytest.raises(InputError, match="write it as name=value"):
            from_words([word])


def test_changes_go_to_their_owners_and_only_what_differs_is_an_override() -> None:
    texts = {"context": "18e-1", "masks": "yes", "splits": "train, test", "frames": "1e1", "boxes": "none"}
    (faces, parts), overrides = changed((Faces(), Parts()), texts, "setting")
    assert faces == Faces(frames=10)
    assert parts == Parts(masks=True, splits=("train", "test"))
    assert overrides == {"frames": 10, "masks": True, "splits": ("train", "test")}
    assert list(overrides) == sorted(overrides)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("frame", "1", "unknown choice 'frame': did you mean frames?"),
        ("frames", "1.5", "setting frames: '1.5' is not a whole number"),
        ("frames", "inf", "setting frames: 'inf' is not a whole number"),
        ("context", "nan", "setting context: 'nan' is not a number"),
        ("parts", "2d+mask", "setting parts: '2d+mask' is not one of 2d+masks, 2d: did you mean 2d+masks?"),
        ("masks", "perhaps", "setting masks: 'perhaps' is not yes or no"),
    ],
)
def test_a_wrong_word_is_one_line(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        changed((Faces(), Parts()), {name: text}, "choice")
    assert str(caught.value) == message


def test_a_type_that_no_text_can_be_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="cannot be given"):
        parse(dict, "x")


def test_values_read_from_json_are_the_values_that_were_written() -> None:
    assert same(2, 2.0)
    assert same(["a", "b"], ("a", "b"))
    assert same("boxes.csv", Path("./boxes.csv"))
    assert same(None, None)
    assert not same(1, True)
    assert not same(["a"], ("a", "b"))
    assert not same("0.5", 0.5)
