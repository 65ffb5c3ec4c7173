"""`table groups`: a row a group, the largest difference, what is too small and what is not known."""

from __future__ import annotations

import json

import pytest

from benchmark.__main__ import main
from tests.benchmark.run_factory import made_up_scores, write_run

SCORES = made_up_scores(bona_fide=240, attack=360, separation=1.5, per_group=2)
PEOPLE = ("African", "Central Asian", "East Asian")


def known(scores):
    """Two presentations of a subject in turn; every eighth subject's is not known."""
    rows = []
    for i, name in enumerate(scores.id):
        subject = int(name.rpartition("-")[2]) // 2
        one = {"ethnicity": PEOPLE[subject % 3], "light": ("front", "back")[i % 2]}
        rows.append(one if subject % 8 else {"light": one["light"]})
    return rows


@pytest.fixture
def results(tmp_path):
    write_run(tmp_path, SCORES, method="grpo", known=known(SCORES), policy="answer")
    worse = made_up_scores(bona_fide=240, attack=360, separation=0.5, per_group=2, seed=1)
    write_run(tmp_path, worse, method="cnn", known=known(worse), policy="answer")
    write_run(tmp_path, SCORES, method="ms-lbp", policy="answer")  # made by an earlier version
    return tmp_path


def table(results, capsys, *words):
    code = main(["table", "groups", "--results", str(results), "--format", "json", *words])
    said = capsys.readouterr()
    assert code == 0, said.err
    return json.loads(said.out)["tables"]


def test_the_counts_are_those_of_the_score_file(results, capsys):
    (made,) = table(results, capsys, "--by", "ethnicity", "--method", "grpo")
    rows = {row["title"]: row["cells"] for row in made["rows"]}
    assert list(rows) == [*PEOPLE, "largest difference"]
    for who in PEOPLE:
        for label, first in (("bona fide", 0), ("attack", 3)):
            own = [
                row["decision"] != row["label"]
                for row, one in zip(SCORES.rows(), known(SCORES), strict=True)
                if row["label"] == label and one.get("ethnicity") == who
            ]
            n, rate, interval = rows[who][first : first + 3]
            assert n["value"] == len(own)
            assert rate["value"] == pytest.approx(sum(own) / len(own))
            low, high = interval["interval"]
            assert low < rate["value"] < high
    assert any(note.startswith("The ethnicity of 76 presentations is not known") for note in made["notes"])


def test_holm_corrects_for_both_sides_of_all_methods(results, capsys):
    tables = table(results, capsys, "--by", "ethnicity")
    cells = [c for row in tables[0]["rows"] if "largest" in row["title"] for c in row["cells"] if "p" in c]
    assert [row["title"] for row in tables[0]["rows"] if "largest" in row["title"]] == [
        "CNN: largest difference",
        "GRPO: largest difference",
    ]
    assert len(cells) == 4
    assert "Not shown: MS-LBP (no ethnicity is known)." in tables[0]["notes"]
    least = min(cells, key=lambda cell: cell["p"])
    assert least["p_holm"] == pytest.approx(min(1, 4 * least["p"]))
    assert not least["within"]
    (light,) = table(results, capsys, "--by", "light", "--method", "cnn")
    assert all(c["within"] for row in light["rows"] for c in row["cells"] if "p" in c)


def test_without_a_name_each_that_is_known_has_a_table(results, capsys):
    assert [made["name"] for made in table(results, capsys)] == ["groups-ethnicity", "groups-light"]


def test_no_group_and_no_such_word_are_one_line(results, capsys):
    assert main(["table", "groups", "--by", "sex", "--results", str(results)]) == 2
    said = capsys.readouterr().err
    assert "--by sex: no run has such groups: no sex is known (known: ethnicity, light)" in said
    assert said.count("\n") == 1
    assert main(["table", "groups", "--by", "sexe", "--results", str(results)]) == 2
    assert "unknown covariate 'sexe': did you mean sex" in capsys.readouterr().err
    assert main(["table", "1", "--by", "sex", "--results", str(results)]) == 2
    assert "--by: table 1 has no such option; it belongs to: groups" in capsys.readouterr().err


def test_values_that_are_no_groups_are_not_printed(tmp_path, capsys):
    write_run(tmp_path, SCORES, known=[{"session": f"take {i}"} for i in range(len(SCORES))], policy="answer")
    assert main(["table", "groups", "--by", "session", "--results", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "its session has more than 40 values: no groups" in said.err
    assert "take" not in said.out + said.err
    assert main(["table", "groups", "--results", str(tmp_path)]) == 2


def test_a_damaged_file_is_named(results, capsys):
    for file in results.rglob("covariates.parquet"):
        file.write_bytes(file.read_bytes()[:-9])
    main(["table", "groups", "--by", "light", "--results", str(results)])
    assert "covariates.parquet" in capsys.readouterr().out
