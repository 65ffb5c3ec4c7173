"""A run's presentations as a `datasets.Dataset`, saved to a folder (Arrow), its description beside the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.results.runs import Run
from benchmark.results.score_columns import COLUMNS
from protocols.errors import InputError
from protocols.files import whole_folder

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
    """Write the folder that `datasets.load_from_disk` reads, whole or not at all.

    Raises `InputError` where it is there already or cannot be written. No progress bar where the screen is no terminal.
    """
    if folder.exists():
        raise InputError(f"{folder}: exists already; choose another --output")
    try:
        with whole_folder(folder) as part:
            _save(made, part)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); choose another --output") from error


def _save(made: Dataset, folder: Path) -> None:
    import datasets

    bars = datasets.is_progress_bar_enabled()
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        made.save_to_disk(str(folder))
    finally:
        if bars:
            datasets.enable_progress_bars()
