"""What an import says on the screen: how the file was read, what it covers, its rates, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.exchange.complete import UNNAMED
from benchmark.exchange.scores import Imported
from benchmark.metrics.polarity import backwards
from benchmark.metrics.roc import auc, eer
from benchmark.metrics.summary import counted
from benchmark.metrics.thresholds import UndefinedError, answered, decide, parse
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from benchmark.untrusted import one_line


def how(name: str, read: Imported) -> str:
    """One line: how a file was read and which of its columns were not used."""
    unused = ", ".join(one_line(column, 40) for column in read.unused[:8])
    return f"{name}: {read.form}" + (f"; not used: {unused}" if unused else "")


def found(run: Run, target: Imported, dev: Scores | None) -> Iterator[str]:
    """The lines after an import."""
    scores, coverage = target.scores, target.coverage
    silent = int((~scores.responded).sum())
    yield f"  coverage: {coverage.text}" + (f", {silent} without a score" if silent else "")
    if UNNAMED in coverage.used:
        yield "  species: the file names none, so that there is no APCER per species, only the rate of all attacks"
    if coverage.lacking and not coverage.partial:
        yield "  no figures: part of the target is missing, and its cells stay blank; --partial gives those of the part"
    else:
        yield from _rates(run, scores, dev)
    for name, part in (("the target", scores), ("dev", dev)):
        area = None if part is None else backwards(part)
        if area is not None:
            yield (
                f"  warning: {name} ranks the wrong way round (AUC {100 * area:.2f} %): high scores have to mean bona "
                "fide; if they mean an attack here, import with --higher attack"
            )


def _rates(run: Run, scores: Scores, dev: Scores | None) -> Iterator[str]:
    rule = parse(run.policy)
    try:
        decided = decide(rule, scores, dev)
        yield f"  {rule.name}: {counted(scores, decided.accepted, decided.responded).text}"
    except UndefinedError as error:
        yield (
            f"  {rule.name}: no threshold ({error}), so that FRR, FAR and HTER stay blank; give --dev FILE, a column "
            "`decision`, or --policy fixed:X"
        )
    sides = answered(scores)
    point, area = eer(sides), auc(sides)
    if point is not None and point.hter is not None and area is not None:
        yield f"  without a threshold (from the target's labels): EER {100 * point.hter:.2f} %, AUC {100 * area:.2f} %"
