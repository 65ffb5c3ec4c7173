"""The file of what else is known of presentations: it comes back, and belongs to one score file alone."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmark.results.covariates import Covariates
from protocols.errors import DamagedError
from tests.benchmark.run_factory import made_up_scores

SCORES = made_up_scores(bona_fide=4, attack=6)
KNOWN = [{"sex": "female", "ethnicity": "East Asian"}, {"sex": "male"}, {}] + [{}] * 7


def made(known=KNOWN, scores=SCORES):
    return Covariates.of(zip(scores.id, scores.release, known, strict=True))


def test_it_comes_back_as_it_was(tmp_path):
    made().write(tmp_path / "covariates.parquet")
    found = Covariates.read(tmp_path / "covariates.parquet", None, SCORES)
    assert found.names == ("ethnicity", "sex")
    assert found.values("sex").tolist() == ["female", "male", *[""] * 8]
    assert found.table.equals(made().table)
    made().write(tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "covariates.parquet").read_bytes()


def test_where_nothing_is_known_there_is_none():
    assert made([{}] * 10) is None


def test_that_of_other_presentations_or_with_other_columns_is_refused(tmp_path):
    file = tmp_path / "covariates.parquet"
    made().write(file)
    with pytest.raises(DamagedError, match="covariates.parquet: not of the presentations of the score file"):
        Covariates.read(file, None, made_up_scores(bona_fide=6, attack=4))
    with pytest.raises(DamagedError, match="not the score file that the run's record names"):
        Covariates.read(file, "0" * 64, SCORES)
    pq.write_table(made().table.append_column("name", pa.array(["x"] * 10)), file)
    with pytest.raises(DamagedError, match="not the covariates of presentations"):
        Covariates.read(file, None, SCORES)
