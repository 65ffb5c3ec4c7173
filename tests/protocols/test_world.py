"""Worlds: the user's configuration, the environment, the demo, and everything between that is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols import world as worlds
from protocols.adapter import RELEASES
from protocols.errors import InputError


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A working directory and an environment that configure nothing."""
    monkeypatch.chdir(tmp_path)
    for word in (*RELEASES, *worlds.MODELS):
        monkeypatch.delenv(worlds.variable(word), raising=False)
    return tmp_path


def write(folder: Path, text: str) -> Path:
    file = folder / "lab.toml"
    file.write_text(text)
    return file


def test_without_configuration_the_demo_is_the_world():
    world = worlds.load()
    assert world.demo
    assert world.name == "demo"
    assert world.preset == "demo"


def test_a_file_names_releases_and_models_relative_to_itself(nowhere):
    (nowhere / "siw").mkdir()
    (nowhere / "clip.pt").touch()
    file = write(
        nowhere, 'name = "lab"\ncache = "c"\n[releases]\nsiw-mv2 = "siw"\n[models]\nclip = "./clip.pt"\nmllm = "A/B"\n'
    )
    world = worlds.load(file)
    assert (world.name, world.demo, world.preset) == ("lab", False, "paper")
    assert world.root("siw-mv2").path == nowhere / "siw"
    assert world.cache == nowhere / "c"
    assert world.models == {"clip": str(nowhere / "clip.pt"), "mllm": "A/B"}


def test_a_file_in_the_working_directory_is_found(nowhere):
    (nowhere / "siw").mkdir()
    write(nowhere, '[releases]\nsiw-mv2 = "siw"\n').rename(nowhere / "benchmark.toml")
    assert not worlds.load().demo
    assert worlds.load(name="demo").demo


def test_the_environment_configures_a_world(nowhere, monkeypatch):
    monkeypatch.setenv("PAD_CEFA", str(nowhere))
    world = worlds.load()
    assert world.root("cefa").path == nowhere
    with pytest.raises(InputError, match=r"names no root for hq-wmca.*PAD_HQ_WMCA"):
        world.root("hq-wmca")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[releases]\nsivv = "x"\n', "unknown release 'sivv'"),
        ('[release]\nsiw-mv2 = "x"\n', "did you mean releases"),
        ('[releases]\nsiw-mv2 = "missing"\n', "there is no such folder"),
        ('[models]\nclip = "x"\n', "half a configuration"),
        ("[releases\n", "not valid TOML"),
        ('name = "demo"\n[releases]\nsiw-mv2 = "."\n', "not 'demo'"),
        ('name = "../up"\n[releases]\nsiw-mv2 = "."\n', "short lower-case word"),
        ("[releases]\nsiw-mv2 = 3\n", "is not a path"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_that_names_the_file(nowhere, text, message):
    file = write(nowhere, text)
    with pytest.raises(InputError, match=message) as caught:
        worlds.load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value).split("not valid TOML")[0]


def test_half_an_environment_is_an_error(monkeypatch):
    monkeypatch.setenv("PAD_CLIP", "weights.pt")
    with pytest.raises(InputError, match="half a configuration"):
        worlds.load()


def test_a_world_that_nobody_configured_is_an_error():
    with pytest.raises(InputError, match="--config"):
        worlds.load(name="lab")


def test_allowed_roots_are_folders_that_are_there(nowhere, monkeypatch):
    for name in ("siw", "disk", "annex"):
        (nowhere / name).mkdir()
    base = '[releases]\nsiw-mv2 = "siw"\n'
    world = worlds.load(write(nowhere, f'allowed_roots = ["disk", "{nowhere / "annex"}"]\n' + base))
    assert world.allowed_roots == (nowhere / "disk", nowhere / "annex")
    assert worlds.load(write(nowhere, base)).allowed_roots == ()
    for given, said in (
        ('"disk"', "not a list of folders"),
        ("[3]", "not a list of folders"),
        ('[""]', "not a list of folders"),
        ('["absent"]', "there is no such folder"),
        ('["/"]', "that is everything"),
    ):
        with pytest.raises(InputError, match=f"allowed_roots.*{said}"):
            worlds.load(write(nowhere, f"allowed_roots = {given}\n" + base))
    monkeypatch.setenv("PAD_SIW_MV2", str(nowhere / "siw"))
    monkeypatch.setenv("PAD_ALLOWED_ROOTS", f"{nowhere / 'disk'}:{nowhere / 'annex'}")
    assert worlds.load().allowed_roots == (nowhere / "disk", nowhere / "annex")


def test_checkpoints_can_lie_elsewhere(nowhere, monkeypatch):
    (nowhere / "file").touch()
    (nowhere / "siw").mkdir()
    base = '[releases]\nsiw-mv2 = "siw"\n'
    assert worlds.load(write(nowhere, base)).scratch is None
    assert worlds.load(write(nowhere, 'scratch = "nvme"\n' + base)).scratch == nowhere / "nvme"
    for given, said in (("3", "is not a path"), ('""', "is not a path"), ('"file"', "that is a file")):
        with pytest.raises(InputError, match=f"scratch = .*{said}"):
            worlds.load(write(nowhere, f"scratch = {given}\n" + base))
    monkeypatch.setenv("PAD_SIW_MV2", str(nowhere / "siw"))
    monkeypatch.setenv("PAD_SCRATCH", str(nowhere / "disk"))
    assert worlds.load().scratch == nowhere / "disk"


def test_a_release_on_two_disks_is_listed_through_links(nowhere):
    for name in ("siw/Spoof/Replay/Replay_1.mov", "disk/Live_1.mov", "disk/Live_2.mov"):
        (nowhere / name).parent.mkdir(parents=True, exist_ok=True)
        (nowhere / name).write_bytes(name.encode())
    (nowhere / "siw/Live").symlink_to(nowhere / "disk")
    base = '[releases]\nsiw-mv2 = "siw"\n'
    with pytest.raises(InputError, match=r"Live: a symbolic link that leaves the release.*allowed_roots"):
        worlds.load(write(nowhere, 'cache = "c"\n' + base)).release("siw-mv2")
    world = worlds.load(write(nowhere, 'cache = "c"\nallowed_roots = ["disk"]\n' + base))
    assert [p.id for p in world.release("siw-mv2").presentations] == ["Live_1", "Live_2", "Replay_1"]
    assert not world.release("siw-mv2").demo
