"""A run's presentations as a `datasets.Dataset`, saved to a folder (Arrow), its description beside the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.results.runs import Run
from benchmark.results.scores import COLUMNS

if TYPE_CHECKING:
    from datasets import Dataset


def dataset(run: Run) -> Dataset:
    """The columns of the score file and their types; `info.description` names the run."""
    from datasets import Dataset, Features, Value

    kinds = {"score": "float64", "frames": "int32"}
    features = Features({name: Value(kinds.get(name, "string")) for name in COLUMNS})
    made = Dataset.from_list(run.scores.rows(), features=features)
    made.info.description = f"Predictions of {run.id}; higher scores are more bona fide; labels of {run.protocol}."
    return made


def save(made: Dataset, folder: Path) -> None:
    """Write the folder that `datasets.load_from_disk` reads; no progress bar where the screen is no terminal."""
    import datasets

    bars = datasets.is_progress_bar_enabled()
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        made.save_to_disk(str(folder))
    finally:
        if bars:
            datasets.enable_progress_bars()
