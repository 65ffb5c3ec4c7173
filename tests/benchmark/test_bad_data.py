"""Wrong lists, trees, protocols and worlds: one line that names file and mend, exit code 2, and nothing is made."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmark.__main__ import main
from benchmark.results.runs import find
from protocols.place import Place
from protocols.releases import registry
from tests import own_data
from tests.protocols import frames_miniature

RUN = ("run", "--method", "ms-lbp", "--preset", "demo", "--threads", "1", "--workers", "1", "--quiet")
Rows = list[list[str]]
RELEASES = """
name = "lab"
cache = "cache"
[releases]
booth = { path = "booth/list.csv", cropped = true }
again = { path = "booth/list.csv", cropped = true }
hall = { path = "hall/list.csv", cropped = true }
tests = { path = "tests/list.csv", cropped = true }
few = { path = "few/list.csv", cropped = true }
nobody = { path = "nobody/list.csv", cropped = true }
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lists, one with too few subjects, one without any, and a folder tree."""
    folder = tmp_path_factory.mktemp("data")
    for name, subjects, train in (
        ("booth", range(6), 3),
        ("hall", range(20, 26), 23),
        ("few", range(40, 42), 41),
        ("tests", range(50, 53), 0),
    ):
        (folder / name).mkdir()
        written(folder / name / "list.csv", own_data.booth(folder / name, subjects, train))
    rows = own_data.booth(folder / "nobody", range(6))
    written(folder / "nobody/list.csv", [[*row[:3], "", *row[4:]] for row in rows])
    own_data.door(folder / "booth/door")
    (folder / "booth/notes").mkdir()
    (folder / "booth/notes/readme.txt").write_text("no picture")
    return folder


@pytest.fixture
def lab(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them, in which a test works."""
    shutil.copytree(data, tmp_path / "lab")
    monkeypatch.chdir(tmp_path / "lab")
    return tmp_path / "lab"


@pytest.fixture
def refused(lab: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`refused("run", ...)`: the one line of a command that ends with code 2 and leaves no run."""

    def command(*words: str) -> str:
        assert main(words) == 2, capsys.readouterr().out
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert said.count("\n") == 1
        assert not list(find(lab / "results"))
        return said

    return command


def written(file: Path, rows: Sequence[Sequence[str]], columns: Sequence[str] = own_data.COLUMNS) -> Path:
    file.write_bytes(own_data.as_csv(rows, columns))
    return file


def cell(line: int, column: str, value: str) -> Callable[[Rows], Rows]:
    """That line of the list, line 1 being its head, with another value."""

    def change(rows: Rows) -> Rows:
        rows[line - 2][own_data.COLUMNS.index(column)] = value
        return rows

    return change


def more(*paths: str, subject: str = "p9", label: str = "attack") -> Callable[[Rows], Rows]:
    """Further lines, 20 and so on."""
    return lambda rows: [*rows, *([path, label, "", subject, "train", "", ""] for path in paths)]


LISTS: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "unknown label word": (cell(2, "label", "lively"), "line 2: the label 'lively' is none of bona fide, "),
    "no number is a label": (cell(2, "label", "1.0"), "line 2: the label '1' is none of .*`positive`"),
    "NaN label": (cell(2, "label", "NaN"), "line 2: the cell `label` is empty"),
    "Excel's #N/A": (cell(2, "label", "#N/A"), "line 2: the cell `label` is empty"),
    "no path": (cell(3, "path", ""), "line 3: the cell `path` is empty"),
    "missing path": (cell(2, "path", "live/99.png"), "line 2: there is no live/99.png in "),
    "path in another case": (cell(2, "path", "Live/00.PNG"), "there is no Live/00.PNG in .*: it is called live/00.png"),
    "doubled path": (more("live/00.png"), "line 20: the path live/00.png stands in line 2 already"),
    "doubled by ./": (more("./live/00.png"), "line 20: the path live/00.png stands in line 2 already"),
    "doubled by a backslash": (more(".\\live\\00.png"), "line 20: the path live/00.png stands in line 2 already"),
    "doubled by //": (more("live//00.png"), "line 20: the path live/00.png stands in line 2 already"),
    "doubled through a link": (more("mirror/00.png"), "line 20: .* stands in line 2 already as live/00.png"),
    "a folder and a frame of it": (
        more("door/test/Spoof/print/s04/frames/", "door/test/Spoof/print/s04/frames/0002.png"),
        "line 21: .*0002.png shows what line 20 shows",
    ),
    "a frame and its folder": (
        more("door/test/Spoof/print/s04/frames/0002.png", "door/test/Spoof/print/s04/frames"),
        "line 21: .*frames shows what line 20 shows",
    ),
    "out of the root": (cell(2, "path", "live/../../hall/live/20.png"), "line 2: .* leaves the release with '..'"),
    "absolute": (cell(2, "path", "/data/00.png"), "line 2: .* is an absolute path: write it relative to "),
    "a drive": (cell(2, "path", "C:\\data\\00.png"), "line 2: .* is an absolute path: write it relative to "),
    "a folder of no pictures": (more("notes"), "line 20: the folder notes holds no picture"),
    "one class": (lambda rows: [row for row in rows if row[1] == "real"], "every presentation in it is bona fide"),
    "unknown split": (cell(2, "split", "trian"), "line 2: unknown split 'trian': did you mean train"),
    "a subject in two splits": (cell(2, "split", "test"), "line 3: the subject p0 is in train here and in test in"),
    "a subject in two cases": (
        more("door/test/live/s04/door.png", subject="P0"),
        "line 20: the subject P0 is written p0",
    ),
    "a number that Excel cut": (cell(2, "subject", "1.23457E+12"), "line 2: the subject 1.23457E.12 was shortened by"),
    "a species of a bona fide": (cell(2, "species", "print"), "line 2: live/00.png is bona fide and has the species"),
    "nothing but a head": (lambda rows: [], "no row in it"),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_wrong_list_is_refused_by_check_and_by_run(case, lab, refused):
    change, message = LISTS[case]
    (lab / "booth/mirror").symlink_to(lab / "booth/live")
    rows = own_data.booth(lab / "booth", range(6), 3)
    file = written(lab / "booth/list.csv", change([list(row) for row in rows]))
    (lab / "benchmark.toml").write_text(RELEASES)
    for words in (("prepare", "--check", str(file)), (*RUN, "--source", "booth", "--target", "hall")):
        said = refused(*words)
        assert re.search(message, said), said
        assert "booth/list.csv" in said


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("file", *own_data.COLUMNS[1:]), "the column 'path' is missing; its first line names file, label"),
        (("path", "class", *own_data.COLUMNS[2:]), "the column 'label' is missing"),
        (("path", "label", "label", *own_data.COLUMNS[3:]), "two columns are called 'label'"),
    ],
)
def test_a_list_without_a_column_is_refused(columns, message, lab, refused):
    written(lab / "booth/list.csv", own_data.booth(lab / "booth"), columns)
    assert re.search(message, refused("prepare", "--check", "booth/list.csv"))


def test_files_and_folders_that_are_no_list_are_refused(lab, refused):
    (lab / "list.xlsx").write_bytes(b"PK\x03\x04 and so on")
    (lab / "book.csv").write_bytes(b"PK\x03\x04 and so on")
    (lab / "old.csv").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1"))
    (lab / "empty.csv").touch()
    for name, message in (
        ("list.xlsx", "a workbook of a spreadsheet program, or another archive: save it as `CSV UTF-8`"),
        ("book.csv", "a workbook of a spreadsheet program, or another archive: save it as `CSV UTF-8`"),
        ("old.csv", "a workbook of an older spreadsheet program: save it as `CSV UTF-8`"),
        ("empty.csv", "empty: a first line with the names of the columns is wanted"),
        ("absent.csv", "there is no such file"),
        ("absent", "there is no such folder"),
        ("booth/notes", "data of your own are a list of files, prepared frames .* or a folder tree"),
    ):
        assert re.search(f"{name}: .*{message}", refused("prepare", "--check", name))


PROTOCOLS = {
    "its source is its target": ('sources = ["booth"]\ntargets = ["booth"]', "its source booth is its target: name"),
    "the same files under two names": (
        'sources = ["booth"]\ntargets = ["again"]',
        r"of its files \(such as .*\) are those of again, too",
    ),
    "the same files, one of several sources": (
        'sources = ["hall", "booth"]\ntargets = ["again"]',
        r"of its files \(such as .*\) are those of again, too",
    ),
    "a subject on both sides": (
        'sources = ["booth"]\ntargets = ["booth"]\nchoices = { target_splits = "train+test" }',
        "its source booth is its target: name splits that have nothing in common",
    ),
    "unknown release": ('sources = ["both"]\ntargets = ["hall"]', "unknown release 'both': did you mean booth"),
    "not held": ('sources = ["booth"]\ntargets = ["cefa"]', "benchmark.toml names no root for cefa"),
    "too few subjects": ('sources = ["few"]\ntargets = ["hall"]', "its 1 subjects are too few to cut one"),
    "nothing to train on": (
        'sources = ["tests"]\ntargets = ["hall"]',
        "nothing in it is of the split train that is trained on",
    ),
    "no subject": ('sources = ["nobody"]\ntargets = ["hall"]', "none can be cut: no subject is known"),
    "more shots than there are": (
        'sources = ["booth"]\ntargets = ["hall"]\nfew_shot = 50',
        "setting few_shot: the few-shot list of hall holds less than 50",
    ),
}


@pytest.mark.parametrize("case", PROTOCOLS)
def test_a_wrong_protocol_is_refused(case, lab, refused):
    text, message = PROTOCOLS[case]
    (lab / "benchmark.toml").write_text(f"{RELEASES}\n[protocols.x]\n{text}\n")
    said = refused(*RUN, "--protocol", "x")
    assert re.search(message, said), said


def test_a_subject_in_two_splits_of_a_tree_is_refused(lab, refused):
    own_data.face(lab / "booth/door/test/live/s00/again.png", attack=False)
    tree = 'door = { path = "booth/door", cropped = true }'
    (lab / "benchmark.toml").write_text(f"{RELEASES}{tree}\n")
    said = refused(*RUN, "--protocol", "intra-door")
    assert "subjects (such as s00) are both" in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hall =", "BOOTH =", "two releases are called booth: give one of them another name"),
        ("hall =", "booth =", "not valid TOML"),
        ("hall/list.csv", "hall/lost.csv", "hall = .*lost.csv: there is no such file, and unknown release 'hall'"),
        ("hall/list.csv", "booth/notes", "unknown release 'hall'.* data of your own"),
        ("hall =", "to =", "a release cannot be called 'to'"),
        ("cropped = true", 'cropped = "yes"', "release booth: cropped = 'yes' is no bool"),
        ("cropped = true", "croped = true", "release booth: unknown entry 'croped': did you mean cropped"),
        ("cropped = true", 'root = "nowhere"', "booth/list.csv: its root .*nowhere is no folder"),
        ("cropped = true", 'positive = "yes"', "every presentation in it is attack"),
    ],
)
def test_a_wrong_world_is_refused(old, new, message, lab, refused):
    (lab / "benchmark.toml").write_text(RELEASES.replace(old, new, 1))
    said = refused(*RUN, "--source", "booth", "--target", "hall")
    assert re.search(message, said), said


def test_lists_of_prepared_frames_that_are_empty_or_of_another_kind_are_refused(lab, refused):
    frames_miniature.write(lab / "flip")
    (lab / "benchmark.toml").write_text(RELEASES + 'msu-mfsd = "flip"\nfreds = "flip"\n')
    file = lab / "flip/MCIO/txt/msu_real_train.txt"
    for content, message in (
        (b"", "msu_real_train.txt: no line in it"),
        (b"msu/train/real/real_client002_android_SD_scene01_frame0.png 1\n", "line 1: has 2 fields instead of 1"),
        (b"\xff\xfe\0", "line 1: not UTF-8 text"),
        (b"../msu/train/real/x_frame0.png\n", "line 1: leaves the release with '..'"),
    ):
        file.write_bytes(content)
        said = refused(*RUN, "--source", "msu-mfsd", "--target", "hall")
        assert re.search(message, said), said
    said = refused(*RUN, "--source", "freds", "--target", "hall")
    assert "no lists freds_real_train.txt and the like below it (it holds those of casia, cefa, celeb, msu" in said


def test_a_byte_order_mark_in_the_configuration_is_no_fault(lab, refused):
    (lab / "benchmark.toml").write_bytes(b"\xef\xbb\xbf" + RELEASES.encode())
    assert "its source booth is its target" in refused(*RUN, "--source", "booth", "--target", "booth")


def test_of_a_suite_that_is_held_in_part_the_rest_runs_and_its_columns_say_why(lab, capsys):
    suite = '[suites.s]\nprotocols = ["booth-to-hall", "booth-to-cefa"]\n'
    (lab / "benchmark.toml").write_text(RELEASES + suite)
    assert main([*RUN, "--protocol", "s"]) == 0
    assert "booth-to-cefa: left out: this world does not hold cefa" in capsys.readouterr().out
    assert main(["table", "1", "--suite", "s"]) == 0
    assert "booth to CASIA-SURF CeFA: this world does not hold cefa." in capsys.readouterr().out
    assert main([*RUN, "--protocol", "booth-to-cefa"]) == 2


def test_words_and_numbers_that_programs_change_stay_what_they_were(lab):
    rows = [list(row) for row in own_data.booth(lab / "booth", range(6), 3)]
    for row in rows:
        subject = row[3].removeprefix("p")
        row[3] = f"{subject}.0" if row[1] == "real" else subject
        row[4] = {"train": "Training", "test": "TEST"}[row[4]] if row[1] == "real" else row[4]
        row[5] = "NaN" if row[1] == "real" else row[5]
        row[2] = "None" if row[1] == "real" else row[2]
    release = registry.discover("booth", written(lab / "booth/list.csv", rows))
    assert {p.subject for p in release.presentations} == {"0", "1", "2", "3", "4", "5"}
    assert Counter(p.split for p in release.presentations) == {"train": 9, "test": 9}
    assert {dict(p.covariates).get("sensor") for p in release.presentations if p.label == "bona fide"} == {None}
    rows = [[row[0], str(float(row[1] == "real")), *row[2:]] for row in own_data.booth(lab / "booth")]
    file = written(lab / "booth/list.csv", rows)
    labels = Counter(p.label for p in registry.discover("booth", Place(file, positive="1")).presentations)
    assert labels == {"bona fide": 6, "attack": 12}
