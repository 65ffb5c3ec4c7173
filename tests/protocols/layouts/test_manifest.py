"""A list of pictures, folders and videos is a release like any other; what is wrong in it is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.layouts import summary
from protocols.place import Place
from protocols.presentation import Media
from protocols.releases import registry

LIST = """\
path,label,species,subject,split,session,Sensor,operator
clips/01.mp4,real,,s01,train,1,webcam,Ann
clips/02.mov,Bona-Fide,bona fide,s02,dev,1,phone,Ann
frames/03,spoof,Our new-mask,s01,train,2,webcam,Bob
pictures/04.PNG,attack,Print,s02,dev,2,phone,Bob
pictures/05.jpg,FAKE,,s03,test,2,phone,Bob
pictures/06.jpg,live,,s03,validation,2,phone,Bob
"""
WITHOUT_SPLIT = LIST.replace("s03,validation", "s04,")


@pytest.fixture
def booth(tmp_path: Path) -> Path:
    """Empty media and a list of them."""
    for name in ("clips/01.mp4", "clips/02.mov", "pictures/04.PNG", "pictures/05.jpg", "pictures/06.jpg"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    (tmp_path / "frames/03").mkdir(parents=True)
    for name in ("f10.jpg", "f9.jpg", "notes.txt", ".hidden.jpg"):
        (tmp_path / "frames/03" / name).write_bytes(b"x")
    (tmp_path / "booth.csv").write_text(WITHOUT_SPLIT)
    return tmp_path


def changed(booth: Path, old: str, new: str) -> Path:
    text = (booth / "booth.csv").read_text()
    assert old in text
    (booth / "booth.csv").write_text(text.replace(old, new, 1))
    return booth / "booth.csv"


def test_pictures_folders_and_videos_with_all_that_is_known_of_them(booth: Path) -> None:
    release = registry.discover("booth", Place(booth / "booth.csv", title="The booth"))
    assert (release.name, release.title, release.layout, release.root) == ("booth", "The booth", "list csv", booth)
    rows = {p.id: p for p in release.presentations}
    assert list(rows) == ["clips/01", "clips/02", "frames/03", "pictures/04", "pictures/05", "pictures/06"]
    assert rows["frames/03"].media == Media("images", ("frames/03/f9.jpg", "frames/03/f10.jpg"))
    assert rows["clips/01"].media == Media("video", ("clips/01.mp4",))
    assert [p.species for p in rows.values()] == [
        "bona fide", "bona fide", "our new mask", "print", "unnamed attack", "bona fide",
    ]  # fmt: skip
    assert rows["frames/03"].native_code == "Our new-mask"
    assert [p.split for p in rows.values()] == ["train", "dev", "train", "dev", "test", None]
    assert rows["pictures/04"].covariates == (("sensor", "phone"), ("session", "2"))
    assert release.warnings == ("columns that are not read: operator",)
    assert "Ann" not in registry.to_json(release)
    assert registry.from_json(registry.to_json(release), release.root) == release
    said = summary.lines(release)
    assert "train: 1 bona fide, 1 our new mask" in said
    assert "species of its own: our new mask, unnamed attack" in said


def test_a_list_may_lie_elsewhere_and_call_its_classes_by_numbers(booth: Path, tmp_path: Path) -> None:
    away = tmp_path / "elsewhere"
    away.mkdir()
    file = away / "list.csv"
    file.write_text("path,label\nclips/01.mp4,1\npictures/05.jpg,0\n")
    release = registry.discover("booth", Place(file, root=booth, positive="1"))
    assert [(p.id, p.label) for p in release.presentations] == [("clips/01", "bona fide"), ("pictures/05", "attack")]
    with pytest.raises(InputError, match="line 2: the label '1' is none of bona fide, .*`positive`"):
        registry.discover("booth", Place(file, root=booth))


def test_a_registered_release_may_be_given_as_a_list(booth: Path) -> None:
    release = registry.discover("cefa", booth / "booth.csv")
    assert (release.name, release.title) == ("cefa", "CASIA-SURF CeFA")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("path,label", "file,label", "the column 'path' is missing; its first line names file, label"),
        ("path,label", "path,class", "the column 'label' is missing"),
        ("clips/01.mp4,real", "clips/01.mp4,genuin", "line 2: the label 'genuin' is none of"),
        ("clips/01.mp4,real", ",real", "line 2: the cell `path` is empty"),
        ("clips/01.mp4,real", "clips/01.mp4,", "line 2: the cell `label` is empty"),
        ("clips/01.mp4", "clips/07.mp4", "line 2: there is no clips/07.mp4 in"),
        ("clips/01.mp4", "../booth/clips/01.mp4", r"line 2: the path \.\./booth/clips/01.mp4 leaves the release"),
        ("clips/01.mp4", "/etc/passwd", "line 2: the path /etc/passwd is an absolute path"),
        ("clips/01.mp4", "=cmd()", "line 2: the path =cmd.* starts like a spreadsheet formula"),
        ("clips/01.mp4", "booth.csv", "line 2: booth.csv is neither a picture .* nor a video"),
        ("clips/01.mp4", "clips", r"line 2: the folder clips holds no picture"),
        ("clips/02.mov", "./clips/01.mp4", r"line 3: the path clips/01.mp4 stands in line 2 already"),
        ("frames/03,", "frames/03/,", ""),
        ("s01,train,1", "s01,trian,1", "line 2: unknown split 'trian': did you mean train"),
        (
            "spoof,Our new-mask,s01,train",
            "spoof,x,s01,test",
            "line 4: the subject s01 is in test here and in train in line 2",
        ),
        ("real,,s01", "real,print,s01", "line 2: clips/01.mp4 is bona fide and has the species 'print'"),
        ("attack,Print", "attack,Live", "line 5: pictures/04.PNG is an attack and has the species 'Live'"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_line(booth: Path, old: str, new: str, message: str) -> None:
    file = changed(booth, old, new)
    if not message:
        assert registry.discover("booth", file)
        return
    with pytest.raises(InputError, match=message) as caught:
        registry.discover("booth", file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_one_class_alone_doubled_ids_and_links_that_leave_are_refused(booth: Path, tmp_path: Path) -> None:
    file = booth / "one.csv"
    file.write_text("path,label\npictures/05.jpg,attack\npictures/06.jpg,attack\n")
    with pytest.raises(InputError, match="every presentation in it is attack"):
        registry.discover("booth", file)
    file.write_text("path,label,id\npictures/05.jpg,attack,x\npictures/06.jpg,real,x\n")
    with pytest.raises(InputError, match="line 3: the id x stands in line 2 already"):
        registry.discover("booth", file)
    outside = tmp_path.parent / "outside.jpg"
    outside.write_bytes(b"x")
    (booth / "pictures/07.jpg").symlink_to(outside)
    file.write_text("path,label\npictures/07.jpg,attack\npictures/06.jpg,real\n")
    with pytest.raises(InputError, match=r"line 2: the path pictures/07.jpg leads out of .* name that folder"):
        registry.discover("booth", file)
