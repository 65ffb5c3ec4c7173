"""`table reasoning`: what responses say before they answer, and whether it has to do with the answer."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.metrics import reasoning as texts
from benchmark.metrics.reasoning import Reasoning, Share, SpeciesWords
from benchmark.metrics.species import title
from benchmark.results import probes
from benchmark.results.probes import CHANGES
from benchmark.tables.collect import Choice, Entry, World, of_first_seed
from benchmark.tables.measured import Measured, provenance, remarks
from benchmark.tables.model import Cell, Column, Row, Table, percent
from benchmark.tables.registry import register
from protocols.errors import DamagedError

COLUMNS: tuple[tuple[str, str, Callable[[Reasoning], Share | float | None]], ...] = (
    ("texts", "", lambda r: float(r.texts)),
    ("no word before the answer", "", lambda r: r.empty),
    ("different", "", lambda r: r.distinct),
    ("bona fide", "name a sign of an attack", lambda r: r.cues_bona_fide),
    ("attacks", "name a sign of an attack", lambda r: r.cues_attack),
    ("answered real", "name a sign of an attack", lambda r: r.contradictions),
    ("right", "mean length", lambda r: r.length_right),
    ("wrong", "mean length", lambda r: r.length_wrong),
    ("longer is right", "", lambda r: r.longer_is_right),
    ("said before", "", lambda r: r.repeated),
)
PROBED = tuple(change for change in CHANGES if change != "again")
_SHARES = {"said before"}
NOTES = (
    "Counts in brackets. Signs of an attack are words of a list of ours (`benchmark.metrics.reasoning.CUES`) that the "
    "text does not deny; `answered real`: of the reasonings that name one.",
    "`longer is right`: the probability that of a right and a wrong answer the right one is longer reasoned; 0.50 "
    "says that length tells nothing. `said before`: word 4-grams that a text repeats, %.",
)


@register("reasoning", about="what responses say before they answer: signs of an attack, contradictions, length")
def reasoning(world: World, choice: Choice) -> list[Table]:
    """Two tables per protocol that has responses: all methods, then the words of each species for one method each."""
    tables = []
    for protocol in world.protocols(choice):
        entries = [
            (entry, m) for entry in world.of_protocol(protocol, choice) if (m := entry.first(choice)).texts or m.fault
        ]
        if entries:
            tables.append(_methods(world, protocol, entries))
            tables += [_species(world, protocol, entry, m) for entry, m in entries if choice.methods]
    return tables


def _methods(world: World, protocol: str, entries: list[tuple[Entry, Measured]]) -> Table:
    measured = [m for _, m in entries]
    return Table(
        name="reasoning",
        caption=f"Reasoning before the answer, {world.title(protocol)}: % of texts. {world.caption}"
        + remarks(measured),
        stub="Method",
        columns=(
            *(Column(name, group) for name, group, _ in COLUMNS),
            *(Column(change, "answers kept, reasoning") for change in PROBED),
        ),
        rows=tuple(Row(entry.title, (*_cells(m), *_probed(m)), key=entry.method) for entry, m in entries),
        notes=(*NOTES, *of_first_seed([entry for entry, _ in entries])),
        world=world.name,
        protocol=protocol,
    )


def _cells(m: Measured) -> tuple[Cell, ...]:
    runs = (provenance(m),)
    try:
        found = None if m.fault else texts.measure(m.run.scores)
    except DamagedError as error:
        return tuple(Cell(runs=runs, notes=(str(error),)) for _ in COLUMNS)
    if found is None:
        return tuple(Cell(runs=runs, notes=(m.why,) if m.why else ()) for _ in COLUMNS)
    return tuple(_cell(name, figure(found), runs) for name, _, figure in COLUMNS)


def _probed(m: Measured) -> list[Cell]:
    """What `probe` kept of the run."""
    runs = (provenance(m),)
    try:
        known = None if m.fault else probes.read(m.run)
    except DamagedError as error:
        return [Cell(runs=runs, notes=(str(error),)) for _ in PROBED]
    if known is None:
        return [Cell(runs=runs, notes=(f"not probed (see `python -m benchmark probe {m.run.id}`)",)) for _ in PROBED]
    shares = (known.kept.get(change, (0, 0)) for change in PROBED)
    return [_cell("", Share(n, of), runs) for n, of in shares]


def _cell(name: str, value: Share | float | None, runs: tuple[dict[str, object], ...]) -> Cell:
    if isinstance(value, Share):
        if value.value is None:
            return Cell(runs=runs)
        facts = (("n", value.n), ("of", value.of))
        return Cell(f"{percent(value.value)} ({value.n}/{value.of})", value.value, runs=runs, facts=facts)
    if value is None:
        return Cell(runs=runs)
    text = percent(value) if name in _SHARES else f"{value:.2f}" if name == "longer is right" else f"{value:.0f}"
    return Cell(text, value, runs=runs)


def _species(world: World, protocol: str, entry: Entry, m: Measured) -> Table:
    found = [] if m.fault else texts.by_species(m.run.scores)
    rows = [Row(title(one.species), _words(one, m)) for one in found]
    return Table(
        name="reasoning-species",
        caption=f"Words of the reasoning per PAI species against bona fide, {entry.title}, {world.title(protocol)}. "
        f"{world.caption}" + remarks([m]),
        stub="Species",
        columns=(Column("texts"), Column("answered fake"), Column("name a sign of an attack"), Column("telling words")),
        rows=tuple(rows),
        notes=("Telling words: share of the species' texts that hold the word / share of the bona fide ones, %.",),
        world=world.name,
        protocol=protocol,
    )


def _words(one: SpeciesWords, m: Measured) -> tuple[Cell, ...]:
    runs = (provenance(m),)
    telling = ", ".join(f"{word} {100 * here:.0f}/{100 * there:.0f}" for word, here, there in one.telling)
    return (
        Cell(str(one.texts), one.texts, runs=runs),
        _cell("", one.fake, runs),
        _cell("", one.cues, runs),
        Cell(telling, telling, runs=runs) if telling else Cell(runs=runs),
    )
