"""A list of presentations narrows a target to just these, and is refused wherever it would do anything else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protocols.catalogue import shipped
from protocols.choices import Choices, complete
from protocols.cut import Cut, cut, targets_of
from protocols.errors import InputError
from protocols.ledger import Drawn, account
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release
from protocols.protocol import Protocol
from protocols.settings import parse_fields, restored, same
from protocols.subset import Subset

Every = complete()
LISTED = ["live/b", "attack/2", "live/a", "attack/1"]


def listed(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def subset(folder: Path, *ids: str) -> Subset:
    return Subset.of_word(str(listed(folder / "mine.txt", "".join(f"{one}\n" for one in ids))))


def release(name: str = "siw-mv2", n: int = 6, split: str | None = None) -> Release:
    def one(label: str, i: int) -> Presentation:
        kind = "print" if label == ATTACK else BONA_FIDE
        ident = f"{'attack' if label == ATTACK else 'live'}/{'abcdef'[i] if label == BONA_FIDE else i + 1}"
        person = f"{name}-{label}-{i}"
        return Presentation(ident, label, kind, "x", person, person, split, Media("video", (ident,)))  # type: ignore[arg-type]

    rows = [one(label, i) for label in (BONA_FIDE, ATTACK) for i in range(n)]
    return Release(name, name.upper(), "C", Path(name), tuple(rows))


def source() -> Release:
    rows = [replace(p, split="dev" if i % 2 else "train") for i, p in enumerate(release("cefa").presentations)]
    return replace(release("cefa"), presentations=tuple(rows))


def narrowed(choices: Choices, *targets: Release) -> Cut:
    held = {one.name: one for one in (source(), *(targets or (release(),)))}
    names = tuple(name for name in held if name != "cefa")
    return cut(Protocol("p", "P", ("cefa",), names), held, choices)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mine.txt", "live/b\nattack/2\n\nlive/a\nattack/1\n"),
        ("mine.list", "\ufefflive/b\r\n  attack/2\r\nlive/a\r\nattack/1"),
        ("mine.csv", "live/b\nattack/2\nlive/a\nattack/1\n"),
        ("mine.csv", "species,id\nbona fide,live/b\nprint,attack/2\nbona fide,live/a\nprint,attack/1\n"),
        ("mine.txt", 'sep=;\n"ID";score\n"live/b";0,5\n"attack/2";1\n"live/a";2\n"attack/1";3\n'),
        ("mine.tsv", "id\tn\nlive/b\t1\nattack/2\t1\nlive/a\t1\nattack/1\t1\n"),
        ("mine.csv", "id\nlive/b\nattack/2\nlive/a\nattack/1\n"),
        ("mine.jsonl", "".join(f'{{"id": "{one}"}}\n' for one in LISTED)),
    ],
)
def test_a_list_and_a_column_of_a_table_are_the_same_subset(tmp_path, name, text):
    found = Subset.of_word(str(listed(tmp_path / name, text)))
    assert (found.ids, found.name) == (tuple(LISTED), "mine")
    assert found == subset(tmp_path, *sorted(LISTED))
    text = "attack/1\nattack/2\nlive/a\nlive/b\n"  # what `sort FILE | sha256sum` sees
    assert found.digest == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert found != subset(tmp_path, *LISTED[:3])


def test_a_score_file_is_a_list(tmp_path):
    pq.write_table(pa.table({"id": LISTED, "score": [1.0, 2.0, 3.0, 4.0]}), tmp_path / "scores.parquet")
    assert Subset.of_word(str(tmp_path / "scores.parquet")).ids == tuple(LISTED)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mine.txt", "a\nb\n\na\nb\n", "mine.txt, line 4: the id a stands in line 1 already"),
        ("mine.csv", "x,id\n1,a\n2,b\n3,a\n", "mine.csv, line 4: the id a stands in line 2 already"),
        ("mine.txt", "", "mine.txt: no id in it"),
        ("mine.txt", " \n\n", "mine.txt: no id in it"),
        ("mine.csv", "id,x\n", "mine.csv: no row in it"),
        ("mine.csv", "video,label\na,1\n", "mine.csv: none of its columns is called `id`"),
        ("mine.csv", "id,label\na,1\n,1\n", "mine.csv, line 3: no id in this row"),
        ("mine.jsonl", '{"video": "a"}\n', "mine.jsonl: none of its columns is called `id`"),
    ],
)
def test_a_list_that_cannot_be_one_is_refused_with_its_line(tmp_path, name, text, message):
    file = listed(tmp_path / name, text)
    with pytest.raises(InputError) as caught:
        parse_fields(Choices, {"target_subset": str(file)})
    assert message in str(caught.value)


def test_a_missing_file_a_folder_and_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfea\x00\x80")
    for word, message in (("gone.txt", "No such file"), (".", "directory"), ("bytes.txt", "not UTF-8")):
        with pytest.raises(InputError, match=message):
            Subset.of_word(str(tmp_path / word))


def test_a_target_is_narrowed_and_the_ledger_says_by_what(tmp_path):
    found = narrowed(Every(target_subset=subset(tmp_path, *LISTED)))
    whole = narrowed(Every())
    (share,) = found.target
    assert sorted(p.id for p in share.presentations) == sorted(LISTED)
    assert (found.train, found.dev) == (whole.train, whole.dev)
    digest = subset(tmp_path, *LISTED).digest
    assert found.notes == (f"target: 4 of 12 presentations, subset mine, {digest}",)

    class Nothing:
        failures: ClassVar[dict[str, str]] = {}

        def losses(self, name):
            return ()

    ledger = account("target", [Drawn(share.release, Nothing(), share.pool, share.presentations, share.why)])
    assert [(line.in_part, line.left_out) for line in ledger.lines] == [(2, {"by the subset mine": 4})] * 2
    assert "left out 8 by the subset mine" in ledger.text()


def test_the_first_id_that_is_not_in_the_target_is_named_with_the_reason(tmp_path):
    unknown = subset(tmp_path, *LISTED, "zebra", "aardvark")
    with pytest.raises(InputError, match="target_subset, mine: the presentation 'zebra' is not in SIW-MV2 at siw-mv2"):
        narrowed(Every(target_subset=unknown))
    tested = release(split="test")
    trained = replace(tested.presentations[0], id="live/train", subject="t", group="t", split="train")
    mixed = replace(tested, presentations=(*tested.presentations, trained))
    chosen = Every(target_splits="test", target_subset=subset(tmp_path, *LISTED, "live/train"))
    with pytest.raises(InputError, match="'live/train' is left out of the target: other settings"):
        narrowed(chosen, mixed)
    everything = [p.id for p in release(n=6).presentations]
    with pytest.raises(InputError, match="set aside for few-shot training"):
        narrowed(Every(few_shot=0, target_subset=subset(tmp_path, *everything)))


def test_a_subset_without_one_class_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"needs bona fide and attack presentations \(setting target_subset, mine\)"):
        narrowed(Every(target_subset=subset(tmp_path, "live/a", "live/b")))


def test_several_targets_are_told_apart_by_their_names(tmp_path):
    targets = release("siw-mv2"), release("hq-wmca")
    words = [f"{one}/{ident}" for one in ("hq-wmca", "siw-mv2") for ident in ("live/a", "attack/1")]
    found = narrowed(Every(target_subset=subset(tmp_path, *words, "siw-mv2/live/b")), *targets)
    assert [[p.id for p in share.presentations] for share in found.target] == [
        ["live/a", "live/b", "attack/1"],
        ["live/a", "attack/1"],
    ]
    assert found.notes[-1].startswith("target: 5 of 24 presentations, subset mine, ")
    for ids, message in (
        ((*words, "live/b"), "the id 'live/b' names none of the targets siw-mv2, hq-wmca: write siw-mv2/ID"),
        ((*words, "siw-mv2/zebra"), "'zebra' is not in SIW-MV2"),
        (words[:2], "names no presentation of SIW-MV2"),
    ):
        with pytest.raises(InputError, match=message):
            narrowed(Every(target_subset=subset(tmp_path, *ids)), *targets)


def test_records_hold_the_name_and_the_digest_and_know_the_same_list_by_its_digest(tmp_path):
    mine = subset(tmp_path, *LISTED)
    choices = Every(target_subset=mine)
    assert choices.recorded(["siw-mv2"])["target_subset"] == str(mine) == f"mine@{mine.digest}"
    assert choices.digested()["target_subset"] == mine.digest
    assert "target_subset" not in Every().digested()
    assert same("other@" + mine.digest, mine)
    assert not same("mine@" + "0" * 16, mine)
    assert restored(Subset | None, str(mine)) == mine
    assert restored(Subset | None, None) is None


def test_a_configuration_names_the_file_from_its_own_folder(tmp_path, monkeypatch):
    mine = subset(tmp_path, *LISTED)
    values = {"sources": ["cefa"], "targets": ["siw-mv2"], "choices": {"target_subset": "mine.txt"}}
    monkeypatch.chdir("/")
    known = shipped().add({"protocols": {"half": values}}, {}, str(tmp_path / "benchmark.toml"))
    protocol = known.protocol("half")
    assert protocol.defaults.target_subset == mine
    assert protocol.recorded()["defaults"] == {"target_subset": str(mine)}
    (share,) = targets_of(protocol, {"siw-mv2": release()}, protocol.defaults)
    assert len(share.presentations) == 4
    (tmp_path / "mine.txt").unlink()
    with pytest.raises(InputError, match=r"benchmark.toml: protocol half: .*mine.txt: cannot be read"):
        shipped().add({"protocols": {"half": values}}, {}, str(tmp_path / "benchmark.toml"))
