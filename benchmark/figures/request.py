"""What a figure is asked for and what it hands back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.metrics.thresholds import AnswerRule, Policy, of_run
from benchmark.results.runs import Run, find
from benchmark.tables.collect import Asked, Choice, World
from benchmark.tables.measured import Measured, subsets
from benchmark.tables.measured import measure as measure_run
from protocols.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from benchmark.results.pictures import Pictures


@dataclass(frozen=True)
class Request:
    """One figure. `pictures` is None unless faces were asked for; `policy` None means each run's own; `others` are
    methods that are drawn beside `method`, for figures that draw several; `suite` holds the protocols of a figure that
    draws several (None: the paper's)."""

    kind: str
    results: Path
    world: World
    method: str
    protocol: str
    seed: int | None = None
    policy: Policy | None = None
    answer_rule: AnswerRule | None = None
    pictures: Pictures | None = None
    others: tuple[str, ...] = ()
    suite: Asked | None = None
    seen: list[Run] = field(default_factory=list, repr=False, compare=False)
    """The runs that were measured for it, for its caption."""

    @property
    def caption(self) -> str:
        """What must stand below it about where its runs come from."""
        return self.world.caption + subsets(self.seen)

    @property
    def methods(self) -> tuple[str, ...]:
        """Every method that is asked for, once, in the order given."""
        return tuple(dict.fromkeys((self.method, *self.others)))

    def each(self) -> list[Measured]:
        """The run of every method, as `measured`."""
        return [replace(self, method=method).measured() for method in self.methods]

    @property
    def protocols(self) -> tuple[str, ...]:
        """The panels of a figure of several protocols: the suite's, else the paper's."""
        if self.suite is not None:
            return self.suite.protocols
        from protocols.catalogue import PAPER, shipped

        return shipped().suite(PAPER).protocols

    def title(self, protocol: str) -> str:
        """What a panel is called."""
        return self.world.title(protocol) if self.suite is None else self.suite.title_of(protocol, self.world)

    def measured(self, protocol: str | None = None) -> Measured:
        """The method's run on a protocol (default: the one asked for), settings unchanged, first seed unless one was
        asked for. Raises `InputError` with the command that makes it where there is none."""
        where = protocol or self.protocol
        entry = self.world.entries.get((self.method, where))
        every = entry.measure(Choice(policy=self.policy, answer_rule=self.answer_rule)) if entry else []
        for measured in every:
            if self.seed in (None, measured.run.seed):
                self.seen.append(measured.run)
                return measured
        raise InputError(
            f"{self.results}: no finished run of {self.method} on {where}; make it with `{self.command(where)}`"
        )

    def command(self, protocol: str, **changes: object) -> str:
        """The command line of a run that is missing."""
        words = ["python -m benchmark run --method", self.method, "--protocol", protocol]
        words += [] if self.seed in (None, 0) else ["--seed", str(self.seed)]
        return " ".join([*words, *(f"--set {key}={value}" for key, value in changes.items())])

    def varied(self, setting: str) -> Iterator[Run]:
        """Runs of the method and protocol in which nothing but `setting` differs from the preset; settings of the
        data and of the method alike."""
        for run in find(self.results, world=self.world.name):
            known = run.fault is None and (run.method, run.protocol) == (self.method, self.protocol)
            if known and set(run.overrides) == {setting}:
                yield run

    def measure(self, run: Run) -> Measured:
        """Any run under the policy asked for."""
        self.seen.append(run)
        return measure_run(run, of_run(run.policy, self.policy, self.answer_rule), "error")


@dataclass(frozen=True)
class Drawing:
    """A finished figure. `name` is its file's name; `footer` lines stand below it; `gaps` tell what is missing."""

    figure: Figure
    name: str
    footer: tuple[str, ...] = ()
    gaps: tuple[str, ...] = field(default=())
