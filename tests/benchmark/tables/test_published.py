import pytest

from benchmark.results.rates import half_total
from benchmark.tables import published
from protocols.catalogue import shipped

NO_COUNT = {
    ("2", "sft", "cefa2siw", "FRR"),
    ("2", "sft", "surf2siw", "FAR"),
    ("3", "grpo-no-cls", "cefa2hqwmca", "FAR"),
}
"""Printed rates that are no fraction of the full denominators: their counts stay unknown."""
ROWS = [(table, row) for table in "123" for row in published.load(table)]


def names(case):
    return f"{case[0]}-{case[1].method}-{case[1].protocol}"


@pytest.mark.parametrize(("table", "row"), ROWS, ids=map(names, ROWS))
def test_the_counts_give_the_printed_figures(table, row):
    """FRR, FAR and HTER through our own rates; FLIP's columns taken as the numbers show them, swapped."""
    frr, far = (row.attack, row.bona_fide) if row.swapped else (row.bona_fide, row.attack)
    for name, rate, text in (("FRR", frr, row.frr), ("FAR", far, row.far)):
        if (table, row.method, row.protocol, name) in NO_COUNT:
            assert rate is None
            assert any(f"printed {name}" in note for note in row.notes)
        else:
            assert f"{100 * rate.value:.2f}" == text
    if row.bona_fide and row.attack:
        assert 100 * half_total(row.bona_fide, row.attack) == pytest.approx(float(row.hter), abs=0.0051)


def test_only_flip_is_swapped_and_says_so():
    swapped = {row.method for _, row in ROWS if row.swapped}
    assert swapped == {"flip-mcl"}
    assert all(any("each other's column" in note for note in row.notes) == row.swapped for _, row in ROWS)


def test_unswapped_flip_would_not_fit():
    """The footnote's claim, checked: as fractions of their own side FLIP's figures cannot be."""
    unfit = 0
    for row in (row for _, row in ROWS if row.swapped):
        for text, n in ((row.frr, row.bona_fide.n), (row.far, row.attack.n)):
            unfit += all(f"{100 * k / n:.2f}" != text for k in range(n + 1))
    assert unfit == 7


def test_denominators_are_whole_targets():
    sizes = {
        (row.protocol.split("2")[1], row.bona_fide.n, row.attack.n) for _, row in ROWS if row.bona_fide and row.attack
    }
    assert sizes == {("hqwmca", 481, 1834), ("siw", 785, 915), ("siw", 776, 901)}


def test_rows_and_protocols_in_the_paper_s_order():
    assert list(published.methods("1").values()) == [
        "MS-LBP",
        "Color texture",
        "CNN",
        "Flip",
        "FoundPAD ViT-FS",
        "FoundPAD FE",
        "FoundPAD",
        "Ours",
    ]
    assert list(published.methods("2")) == ["qwen-zero-shot", "sft", "grpo"]
    assert list(published.methods("3")) == ["grpo-no-cls", "grpo-no-res", "grpo-no-format", "grpo"]
    assert (
        published.protocols("1") == published.protocols("2") == ("cefa2hqwmca", "cefa2siw", "surf2hqwmca", "surf2siw")
    )
    assert published.protocols("3") == ("cefa2hqwmca",)


def test_the_paper_s_own_row_is_the_same_in_all_tables():
    ours = [{r.protocol: (r.frr, r.far, r.hter) for r in published.load(t) if r.method == "grpo"} for t in "123"]
    assert ours[0] == ours[1]
    assert ours[2]["cefa2hqwmca"] == ours[0]["cefa2hqwmca"]


SUITES = {"mcio": 4, "wcs": 3, "mcio-pairs": 12}


@pytest.mark.parametrize("suite", SUITES)
def test_the_printed_mean_of_a_suite_is_that_of_its_printed_protocols(suite):
    members = shipped().suite(suite).protocols
    assert len(members) == SUITES[suite]
    rows = published.beside(suite, members)
    methods = {row.method for row in rows if row.protocol == suite}
    assert {"flip-v", "flip-it", "flip-mcl"} <= methods
    for method in methods:
        hter = {row.protocol: float(row.hter) for row in rows if row.method == method}
        mean = hter.pop(suite)
        assert set(hter) == set(members)
        assert sum(hter.values()) / len(hter) == pytest.approx(mean, abs=0.0101)  # their mean is of unrounded figures


def test_printed_figures_of_suites_are_percentages_with_policy_and_source():
    for suite in published.suites():
        for row in published.beside(suite, shipped().suite(suite).protocols):
            assert all(0 <= float(text) <= 100 for text in (row.hter, row.auc, row.tpr) if text)
            assert bool(row.auc) == bool(row.tpr)
            assert "target" in row.policy
            assert row.source.startswith("FLIP, ICCV 2023, table ")
            assert row.title


def test_a_convention_does_not_change_what_is_printed():
    flip = shipped().suite("mcio.flip-lists")
    rows = published.beside(flip.name, flip.protocols)
    assert {row.protocol for row in rows} == {*flip.protocols, "mcio.flip-lists"}
    assert len(rows) == len(published.beside("mcio", shipped().suite("mcio").protocols))
    assert published.beside("paper", ("cefa2siw",)) == ()
