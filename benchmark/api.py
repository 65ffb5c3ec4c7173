"""The Python interface, for notebooks and programs: what the commands do, with the same words.

    import benchmark

    run = benchmark.run("ms-lbp", "cefa2siw", world="demo")
    run.scores.pandas()
    benchmark.table("1", world="demo")                      # shows itself in a notebook
    benchmark.figure("6", methods=["ms-lbp"], world="demo")  # a matplotlib figure

Everything raises `protocols.errors.InputError`, one line that names the file or word and the mend, where the commands
end with exit code 2. Paths are as the commands take them; results lie in `results` unless another folder is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.results import runs as finished
from protocols.errors import InputError, unknown
from protocols.settings import Value, worded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from benchmark.metrics.thresholds import AnswerRule
    from benchmark.results.figures import Figures
    from benchmark.results.rates import NonResponse
    from benchmark.running.predict import Verdict
    from benchmark.tables.asked import Answer

RESULTS = Path("results")


class Run(finished.Run):
    """A finished run: its record as attributes, `scores`, `dev_scores` and `test_scores`, and its `figures`."""

    @cached_property
    def figures(self) -> Figures:
        """Counts, rates with intervals under every threshold policy, EER and AUC. Raises `DamagedError` where a file is
        not the one that the record names."""
        from benchmark.metrics.summary import figures

        return figures(self)

    def __str__(self) -> str:
        from benchmark.running.screen import outcome

        return f"{self.id}\n{outcome(self)}"


def run(
    method: str,
    protocol: str | None = None,
    *,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
    seed: int = 0,
    settings: Mapping[str, Value] | None = None,
    preset: str | None = None,
    world: str | None = None,
    config: str | Path | None = None,
    results: str | Path = RESULTS,
    device: str = "auto",
    threads: int | None = None,
    workers: int | None = None,
    progress: bool = True,
    partial: bool = False,
    force: bool = False,
) -> Run:
    """Train `method` on the sources of `protocol` and decide on its targets; what is complete is handed back as it is.

    Give `protocol`, or `sources` and `targets`, names of releases. `settings` as `--set`, with Python's values. Threads
    of numerical libraries that are loaded already keep the number they have.
    """
    from benchmark.running.machine import Machine, cores, limit_threads, usable_device
    from benchmark.running.runner import run as make
    from benchmark.running.spec import RunSpec
    from protocols import world as worlds

    chosen = worlds.load(_path(config), name=world)
    threads = threads or (1 if chosen.demo else cores())
    limit_threads(threads)
    name = protocol
    if (protocol is None) == (not sources and not targets):
        raise InputError("give a protocol, or sources and targets")
    if protocol is None:
        if not (sources and targets):
            raise InputError("a run needs both sides: sources and targets")
        name = chosen.catalogue.of_releases(sources, targets).name
    spec = RunSpec.of(chosen, str(name), method, seed=seed, preset=preset, changes=_words(settings))
    machine = Machine(
        usable_device(device, threads),
        threads,
        workers or cores(),
        progress=progress,
        partial=partial,
        say=_say(progress),
    )
    return Run.open(make(spec, Path(results), machine, force=force).path)


def load(run_id: str | Path, results: str | Path = RESULTS) -> Run:
    """A finished run by its directory or its id, which may be cut short while it stays clear (`demo/cefa2siw/grpo`)."""
    from benchmark.results.lookup import open_run

    return Run.open(open_run(Path(results), str(run_id)).path)


def runs(results: str | Path = RESULTS, *, world: str | None = None) -> list[Run]:
    """Every finished run below a results folder, in path order. Raises `DamagedError` for one that cannot be read."""
    return [Run.open(one.path) for one in finished.find(Path(results), world=world)]


def predict(
    places: Sequence[str | Path],
    run: Run,
    *,
    policy: str | None = None,
    world: str | None = None,
    config: str | Path | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> list[Verdict]:
    """One verdict per picture, video or folder of pictures, by the model of a finished run."""
    from benchmark.running.machine import Machine, cores, usable_device
    from benchmark.running.predict import decide
    from protocols import world as worlds

    chosen = worlds.load(_path(config), name="demo" if run.world == "demo" else world)
    threads = threads or (1 if chosen.demo else cores())
    machine = Machine(usable_device(device, threads), threads, progress=False)
    return list(decide(run, chosen, [Path(place) for place in places], machine, policy))


class Tables:
    """Tables that print themselves as text and show themselves in a notebook."""

    def __init__(self, answer: Answer) -> None:
        self.tables = answer.tables
        self.how, self.faults = answer.how, answer.faults
        """How to fill what is missing; what is wrong with runs that stand as dashes. Empty where there is nothing."""

    def render(self, form: str = "text") -> str:
        """All of them as `text`, `markdown`, `latex`, `csv`, `html` or `json`."""
        from benchmark.tables.render import FORMATS, render

        if form not in FORMATS:
            raise unknown("format", form, FORMATS)
        return render(self.tables, form)

    def __str__(self) -> str:
        return "\n".join(
            [self.render(), *([self.how] if self.how else []), *(f"damaged: {why}" for why in self.faults)]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from benchmark.tables.html import escape, fragment

        said = [*([self.how] if self.how else []), *(f"damaged: {why}" for why in self.faults)]
        return "\n".join([*map(fragment, self.tables), *(f"<p>{escape(line)}</p>" for line in said)])


def table(
    kind: str | None = None,
    *,
    policy: str | None = None,
    non_response: NonResponse = "error",
    answer_rule: AnswerRule | None = None,
    published: bool = False,
    protocols: Sequence[str] = (),
    suite: str | None = None,
    methods: Sequence[str] = (),
    against: str | None = None,
    columns: Sequence[str] | None = None,
    by: str | None = None,
    settings: Mapping[str, Value] | None = None,
    world: str | None = None,
    results: str | Path = RESULTS,
    config: str | Path | None = None,
) -> Tables:
    """A table by the word that `table` knows it by; Tables 1, 2 and 3 where none is named. Options as the command's."""
    from benchmark.tables.asked import Words, tables_for

    words = Words(
        kind=kind,
        policy=policy,
        non_response=non_response,
        answer_rule=answer_rule,
        published=published,
        protocols=protocols,
        suite=suite,
        methods=methods,
        against=against,
        columns=columns,
        by=by,
        settings=_words(settings),
        world=world,
    )
    return Tables(tables_for(words, Path(results), _path(config)))


def figure(
    kind: str,
    *,
    methods: Sequence[str] = (),
    protocol: str | None = None,
    suite: str | None = None,
    seed: int | None = None,
    policy: str | None = None,
    answer_rule: AnswerRule | None = None,
    world: str | None = None,
    results: str | Path = RESULTS,
    config: str | Path | None = None,
) -> Figure:
    """A figure by the word that `figure` knows it by, as a matplotlib figure; its footer says where its runs come from.

    Nothing is written: `savefig` does that.
    """
    from benchmark.figures.asked import request_of
    from benchmark.figures.canvas import footed, style
    from benchmark.figures.registry import FIGURES

    request = request_of(
        kind,
        Path(results),
        methods=methods,
        protocol=protocol,
        suite=suite,
        seed=seed,
        policy=policy,
        answer_rule=answer_rule,
        world=world,
        config=_path(config),
    )
    with style():
        return footed(FIGURES[request.kind].draw(request), request.caption)


def _words(settings: Mapping[str, Value] | None) -> dict[str, str]:
    return {key: worded(value) for key, value in (settings or {}).items()}


def _path(config: str | Path | None) -> Path | None:
    return None if config is None else Path(config)


def _say(progress: bool) -> Callable[[str], None]:
    return print if progress else lambda line: None
