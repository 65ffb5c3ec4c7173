"""The contract between the harness and a method: what a method is given and what it must hand back."""

from __future__ import annotations

import dataclasses
import math
import typing
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from methods.processes import Processes
from protocols.errors import InputError, unknown
from protocols.json_values import Json
from protocols.settings import parse_fields, with_values
from protocols.store.faces import Faces

T = TypeVar("T")
V = TypeVar("V")


class LoopBar(Protocol):
    """Wraps a loop so that it shows how far it is: `total` steps in all, those `done` before included."""

    def __call__(self, items: Iterable[T], title: str, total: int | None = None, *, done: int = 0) -> Iterable[T]: ...


def setting(
    default: V,
    source: str,
    *,
    demo: V | None = None,
    least: float | None = None,
    above: float | None = None,
    below: float | None = None,
    later: bool = False,
) -> V:
    """A field of `Settings`: the value of the paper preset, where it comes from, and the demo preset's value if other.

    `source` names a section of the paper, a released code base or, where both are silent, says so and why this value.
    A number has to be finite, and at least `least`, above `above` and below `below`. Where none is said, a whole number
    with a default above 0 has to be at least 1, and any other number at least 0 (or what a preset
    has, if that is less).

    `later`: the setting came to a method that had runs already: its default is what they did, so they keep their
    names.
    """
    limits = {"least": least, "above": above, "below": below}
    return field(default=default, metadata={"source": source, "demo": demo, "limits": limits, "later": later})


@dataclass(frozen=True)
class Settings:
    """All constants of a method. Subclass it as a frozen dataclass whose fields are made by `setting`.

    Field types must be int, float, str, bool, Path, Literal, an Optional of these, or a tuple of one of these, so
    that `--set key=value` can be checked before anything is computed.

    Every method says how many frames of a presentation it asks for; the face store holds the largest number that is
    asked for, and each method is handed as many as it wants, evenly spread. None: all that are stored.
    """

    train_frames: int | None = setting(
        8, "ours, of each training presentation: as CDCN's pipeline for CeFA; the paper gives no number", demo=4
    )
    target_frames: int | None = setting(
        8, "ours, of each dev and target presentation: one score per presentation, the mean over them", demo=4
    )

    def __post_init__(self) -> None:
        """Refuse numbers that no run can have, before anything is loaded. Subclasses that check more call this."""
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, (int, float)) and not isinstance(number, bool):
                    _within_limits(one, number)

    @classmethod
    def preset(cls, name: str) -> Self:
        """`paper`: every default. `demo`: the values that fit tiny models and two CPU cores where they differ."""
        if name not in ("paper", "demo"):
            raise unknown("preset", name, ("paper", "demo"))
        if name == "paper":
            return cls()
        return cls(
            **{f.name: f.metadata["demo"] for f in dataclasses.fields(cls) if f.metadata.get("demo") is not None}
        )

    def override(self, changes: Mapping[str, str]) -> Self:
        """A copy with some fields replaced, each given as text. Raises `InputError` for unknown names or bad values."""
        return with_values(self, parse_fields(type(self), changes))

    def as_dict(self) -> dict[str, Json]:
        """Plain values for `run.json`."""
        return dataclasses.asdict(self)

    def digested(self) -> dict[str, object]:
        """What a run's name is made from: all settings but those that came later and have their default."""
        later = {
            f.name for f in dataclasses.fields(self) if f.metadata.get("later") and getattr(self, f.name) == f.default
        }
        return {name: value for name, value in self.as_dict().items() if name not in later}


def _within_limits(one: dataclasses.Field[object], number: float) -> None:
    limits = one.metadata.get("limits", {})
    least, above, below = (limits.get(name) for name in ("least", "above", "below"))
    if least is None and above is None and isinstance(one.default, (int, float)):
        presets = [value for value in (one.default, one.metadata.get("demo")) if value is not None]
        least = min(*presets, 1 if isinstance(one.default, int) else 0)
    for broken, words in (
        (not math.isfinite(number), "a finite number"),
        (least is not None and number < least, f"at least {least}"),
        (above is not None and number <= above, f"above {above:g}" if above is not None else ""),
        (below is not None and number >= below, f"below {below:g}" if below is not None else ""),
    ):
        if broken:
            raise InputError(f"setting {one.name}: {number} has to be {words}")


def _silent(items: Iterable[T], title: str, total: int | None = None, done: int = 0) -> Iterable[T]:
    return items


def _forget(**row: object) -> None:
    return None


def _unsaid(line: str) -> None:
    return None


@dataclass(frozen=True)
class Job:
    """What the harness lends a method for one run.

    Attributes:
        seed: the run's seed; with it a method is deterministic on a CPU.
        scratch: a folder that outlives a kill: a run started again finds what it left there. Gone after the run.
        cache: a folder shared by runs (features of frozen weights, the demo world's models). Write to a temporary
            name and rename; other processes read it at the same time.
        demo: True in the embedded demo world: only then may a method use untrained or self-made weights.
        models: names or folders of weights by role (`clip`, `mllm`), from the world's configuration.
        device: `cpu`, `cuda`, `cuda:1`.
        threads: CPU threads that this run may use.
        say: tells the user one line, such as that something kept was damaged and is made anew.
        log: writes one row of the training curve to `log.jsonl`; a `step` in each row, resumed runs do not repeat one.
        progress: wraps an iterable, `progress(items, title, total, done=0)`, and shows how far it is: a bar or lines.
        processes: this process's number (`rank`) and how many share the run (`size`, by `accelerate launch`); only
            the first may write to `scratch`. Gradients are averaged by the method, through `accelerate`.
        oracle: labelled target faces, only where a selection policy called `oracle-...` was asked for.
    """

    seed: int
    scratch: Path
    cache: Path
    demo: bool = False
    models: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    threads: int = 1
    say: typing.Callable[[str], None] = _unsaid
    log: typing.Callable[..., None] = _forget
    progress: LoopBar = _silent
    processes: Processes = Processes()  # noqa: RUF009 - frozen
    oracle: Faces | None = None


@dataclass(frozen=True)
class Predictions:
    """A method's answer for each presentation, in the order of the faces given.

    Attributes:
        scores: float64, (n,), higher = more bona fide: a log-odds or a margin. NaN only beside a reason.
        decisions: `bona fide`, `attack` or `non-response` each; None: the score's sign (>= 0 accepts; NaN is
            a non-response).
        texts: a model's own words, kept and never trusted; None where there are none.
        reasons: why a presentation is a non-response; None for the others.
    """

    scores: NDArray[np.float64]
    decisions: tuple[str, ...] | None = None
    texts: tuple[str | None, ...] | None = None
    reasons: tuple[str | None, ...] | None = None


class Method(ABC):
    """One presentation attack detection method. Subclass, name its `settings_class`, decorate with `methods.register`.

    Import torch, scikit-learn, scipy and other heavy packages inside the functions that need them: `list` imports every
    method module and must stay fast.
    """

    name: ClassVar[str] = ""
    """Set by `register`: the word of the command line."""
    title: ClassVar[str] = ""
    """Set by `register`: the row's label in the tables."""
    settings_class: ClassVar[type[Settings]] = Settings
    policy: ClassVar[str] = "source-eer"
    """The row's threshold policy unless another is asked for; `answer` for methods that decide by themselves."""
    chunk: ClassVar[int] = 64
    """Presentations per call of `predict`. Whatever was interrupted or shared, chunks and scores stay the same."""
    needs_training: ClassVar[bool] = True
    extra: ClassVar[str] = ""
    """The extra of the installation that brings its packages (`methods.extras`); empty: the core has them all."""

    def __init__(self, settings: Settings) -> None:
        self.settings: Any = settings  # of `settings_class`, which a class attribute cannot tell a type checker

    @abstractmethod
    def fit(self, train: Faces, dev: Faces, job: Job) -> None:
        """Learn from the source's training part; `dev` (subject-disjoint) may choose constants. Resumable."""

    @abstractmethod
    def predict(self, faces: Faces, job: Job) -> Predictions:
        """Score every presentation once, whatever its number of frames. Pure: no state changes between calls."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write all that `load` needs into an existing folder: safetensors, JSON, npz, PEFT; never pickle."""

    @abstractmethod
    def load(self, folder: Path, job: Job) -> None:
        """The inverse of `save`. Raises `InputError` for a missing or damaged file, naming it."""

    @property
    def frame_wise(self) -> bool:
        """True where every frame is to be a decision of its own: the harness then hands each as a presentation."""
        return False

    @classmethod
    def contract_settings(cls) -> Settings:
        """Settings for the contract test alone (`methods.contract`): every step is taken, in a few seconds.

        Override it where the demo preset takes longer.
        """
        return cls.settings_class.preset("demo")

    def weights_digest(self) -> str | None:
        """SHA-256 of pretrained weights that the method started from, or None."""
        return None

    def provenance(self) -> Mapping[str, Json]:
        """Extra facts for `run.json`, known after `fit` or `load`: prompt digest, pixel limits, steps, base model."""
        return {}


def restore(method: Method, folder: Path, job: Job) -> Method:
    """A method with what its `save` wrote into a folder, ready to predict.

    Raises `InputError` with one line for whatever is wrong there, also where the method's own `load` lets another
    error through.
    """
    try:
        method.load(folder, job)
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"{folder}: the model cannot be read ({reason}); restore it or make the run again") from error
    return method
