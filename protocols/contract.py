"""The contract test of releases, for the suites of this project and of plug-ins alike.

    from protocols.contract import check_release

    def test_my_release(tmp_path):
        check_release("my-release", write_a_small_copy(tmp_path / "copy"))

The copy needs a few presentations of both classes in the release's own layout; its media may be empty files.
"""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import tempfile
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

from protocols.adapter import RELEASES, Adapter, Own
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, COVARIATES, Release
from protocols.releases import registry


def check_release(name: str, root: Path, whole: Path | None = None) -> Release:
    """Everything that a registered release must hold, tried on a copy at `root`, which is not changed.

    `whole` is the folder that holds the copy and its lists, where these lie beside the root (default: the root).
    Returns the release as it was read. Raises AssertionError that says what is wrong.
    """
    adapter = RELEASES.named(name)()
    _check_words(adapter)
    release = registry.discover(name, root)
    _check_rows(adapter, release)
    _require(registry.discover(name, root) == release, "a second look at the same copy gives another table")
    text = registry.to_json(release)
    _require(registry.from_json(text, release.root) == release, "the table changes on its way to text and back")
    _require(str(root.resolve()) not in text, "the table's text names the folder that the copy lies in")
    _check_choices(adapter, release)
    with tempfile.TemporaryDirectory() as other:
        whole = whole or root
        shutil.copytree(whole, Path(other) / "copy", symlinks=True)
        moved = Path(other) / "copy" / root.relative_to(whole)
        _require(registry.discover(name, moved).digest == release.digest, "another disk gives another digest")
        _check_refusals(adapter, Path(other))
    return release


def _require(what: object, message: str) -> None:
    if not what:
        raise AssertionError(message)


def _check_words(adapter: Adapter) -> None:
    _require(adapter.title, f"{adapter.name}: no title: decorate the class with `register`")
    _require(adapter.licence, f"{adapter.name}: no licence note")
    odd = set(adapter.covariates) - set(COVARIATES)
    _require(not odd, f"{adapter.name}: covariates {sorted(odd)} are none of {', '.join(COVARIATES)}")


def _check_rows(adapter: Adapter, release: Release) -> None:
    _require(release.name == adapter.name, f"it calls itself {release.name!r}, but is registered as {adapter.name!r}")
    rows = release.presentations
    ids = [p.id for p in rows]
    _require(ids == sorted(set(ids)), "ids are not unique and in order")
    _require({p.label for p in rows} == {BONA_FIDE, ATTACK}, "the copy has to hold both classes")
    for p in rows:
        _require(p.id and not {"", ".."} & set(p.id.split("/")), f"{p.id!r} is no id")
        _require((p.species == "bona fide") == (p.label == BONA_FIDE), f"{p.id}: {p.species} is {p.label}")
        _require(p.native_code, f"{p.id}: no native code")
        _require(p.group, f"{p.id}: no group")
        _require(p.split in ("train", "dev", "test", None), f"{p.id}: split {p.split!r}")
        known = dict(p.covariates)
        _require(set(known) <= set(adapter.covariates), f"{p.id}: covariates {sorted(known)} are not declared")
        _require(p.media.files, f"{p.id}: no media file")
        for file in p.media.files:
            _require((release.root / file).is_file(), f"{p.id}: {file} is not below the release's root")


def _check_choices(adapter: Adapter, release: Release) -> None:
    for own in _variants(adapter):
        for side in ("source", "target"):
            lack = adapter.lacks(release, own, side)
            _require(lack is None or (isinstance(lack, str) and "\n" not in lack), f"{own}: lacks gives {lack!r}")
            kept = [adapter.keeps(p, own, side) for p in release.presentations]
            _require(all(isinstance(one, bool) for one in kept), f"{own}: keeps has to say True or False")
    usual = adapter.choices() if adapter.choices is not None else None
    labels = {p.label for p in release.presentations if adapter.keeps(p, usual, "target")}
    _require(labels == {BONA_FIDE, ATTACK}, "the default choices leave no target of both classes")


def _variants(adapter: Adapter) -> Iterator[Own]:
    """One instance of the release's choices for each combination of their listed values."""
    if adapter.choices is None:
        yield None
        return
    hints = get_type_hints(adapter.choices)
    values: dict[str, tuple[object, ...]] = {}
    for field in dataclasses.fields(adapter.choices):
        _require(field.default is not dataclasses.MISSING, f"{adapter.name}: the choice {field.name} has no default")
        kind = hints[field.name]
        listed = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()
        values[field.name] = listed or ((False, True) if kind is bool else (field.default,))
    for combination in itertools.product(*values.values()):
        yield adapter.choices(**dict(zip(values, combination, strict=True)))


def _check_refusals(adapter: Adapter, folder: Path) -> None:
    """A folder that is not there, and one that holds something else, are one line each."""
    holiday = folder / "holiday"
    (holiday / "beach").mkdir(parents=True)
    (holiday / "beach" / "sand.jpg").write_bytes(b"x")
    for root in (folder / "absent", holiday):
        try:
            adapter.discover(root)
        except InputError as error:
            _require(root.name in str(error), f"the message does not name the folder: {error}")
            _require("\n" not in str(error), f"the message is more than one line: {error}")
        else:
            raise AssertionError(f"a folder that is not this release was read without an error: {root.name}")
