"""Which runs have the settings that a reader asked for, compared as values: `cost=2e0` asks for `cost=2.0`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_type_hints

from benchmark.results.runs import Run
from benchmark.results.task import defaults_of
from protocols.errors import InputError, unknown
from protocols.settings import parse, same

if TYPE_CHECKING:
    from methods.method import Method


class Variant:
    """Settings changed in words (`{"cost": "2"}`), and the runs in which these and no others differ from the preset."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self._resolved: dict[tuple[str, str, str], Mapping[str, object] | None] = {}

    def __bool__(self) -> bool:
        return bool(self._texts)

    def holds(self, run: Run) -> bool:
        """Whether a run was made with these changes. False for one whose method knows no such settings or values."""
        if not self._texts or not run.overrides:
            return False
        wanted = self._values(run)
        return (
            wanted is not None
            and wanted.keys() == run.overrides.keys()
            and all(same(run.overrides[name], value) for name, value in wanted.items())
        )

    def check(self) -> None:
        """Raise `InputError` where no method there is can have been run with these changes."""
        import methods

        errors = [error for kind in methods.available() if (error := _refusal(self._texts, kind)) is not None]
        if len(errors) == len(methods.METHODS):
            known = set().union(*(_names(kind) for kind in methods.available()))
            for name in self._texts:
                if name not in known:
                    raise unknown("setting", name, known)
            of_a_value = [error for error in errors if not _of_a_name(error)]
            if not of_a_value:
                raise InputError(f"--set {', '.join(self._texts)}: no method has all of these settings")
            raise of_a_value[0]

    def _values(self, run: Run) -> Mapping[str, object] | None:
        """What the words mean for a run: by its method's settings, or by its own record if the method is not here."""
        from methods import METHODS

        if run.method not in METHODS:
            return _as_recorded(self._texts, run.overrides)
        key = run.method, run.preset, run.protocol
        if key not in self._resolved:
            self._resolved[key] = _resolved(self._texts, run, METHODS[run.method])
        return self._resolved[key]


def _of_a_name(error: InputError) -> bool:
    """Whether a method refuses a setting because it has none of that name."""
    from benchmark.running.settings import ForeignSettingError

    return isinstance(error, ForeignSettingError) or "unknown setting" in str(error)


def _resolved(texts: Mapping[str, str], run: Run, method: type[Method]) -> Mapping[str, object] | None:
    from benchmark.running.settings import resolve

    try:
        return resolve(texts, run.preset, method, defaults_of(run)).changes
    except InputError:
        return None


def _as_recorded(texts: Mapping[str, str], overrides: Mapping[str, object]) -> Mapping[str, object] | None:
    try:
        return {name: parse(_kind(name, overrides[name]), text) for name, text in texts.items()}
    except (KeyError, ValueError, TypeError):
        return None


def _kind(name: str, recorded: object) -> object:
    """The type of a setting: of the data, else of a method that is not installed here, as far as its recorded value
    tells."""
    from protocols.choices import complete

    if (kind := get_type_hints(complete()).get(name)) is not None:
        return kind
    if isinstance(recorded, list) and recorded:
        return tuple[type(recorded[0]), ...]  # type: ignore[misc]
    return type(recorded)


def _refusal(texts: Mapping[str, str], method: type[Method]) -> InputError | None:
    from benchmark.running.settings import resolve

    try:
        resolve(texts, "paper", method)
    except InputError as error:
        return error
    return None


def _names(method: type[Method]) -> set[str]:
    import dataclasses

    from benchmark.running.settings import resolve

    resolved = resolve({}, "paper", method)
    return {f.name for part in (resolved.settings, resolved.choices, resolved.recipe) for f in dataclasses.fields(part)}
