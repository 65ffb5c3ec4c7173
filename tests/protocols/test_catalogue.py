"""Protocols and suites: shipped, of plug-ins, of the user's own file, and spelt out; what is wrong is one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from protocols import catalogue
from protocols.adapter import RELEASES
from protocols.errors import InputError
from tests.plugins import install, python

OURS = """
[protocols.office2siw]
sources = ["office", "CeFA"]
targets = ["siw_mv2"]
few_shot = 0
choices = { source_splits = "train+test", cefa_light1 = true, target_species = ["print"], train_fraction = 0.5 }
note = "ours"
[suites.ours]
title = "Our targets"
protocols = ["office2siw", "cefa2siw", "office-to-*"]
"""


def added(text: str) -> catalogue.Catalogue:
    return catalogue.shipped().add(tomllib.loads(text), {"office": "The office"}, "lab.toml")


def test_shipped_suites_hold_the_fields_protocols():
    known = catalogue.shipped()
    members = {name: [p.name for p in known.members(suite, RELEASES)] for name, suite in known.suites.items()}
    assert members["paper"] == ["cefa2hqwmca", "cefa2siw", "surf2hqwmca", "surf2siw"]
    assert members["mcio"] == ["oci2m", "omi2c", "ocm2i", "icm2o"]
    assert members["lsd"] == ["mi2c", "mi2o"]
    assert len(set(members["mcio-pairs"])) == 12
    assert members["wcs"] == ["cs2w", "sw2c", "cw2s"]
    assert members["sew"] == ["se2w", "sw2e", "ew2s"]
    assert members["intra"] == [f"intra-{name}" for name in sorted(RELEASES)]
    assert members["celeba2all"] == [f"celeba-spoof-to-{name}" for name in sorted(RELEASES) if name != "celeba-spoof"]
    assert known.protocol("oci2m").sources == ("oulu-npu", "casia-fasd", "replay-attack")
    assert known.protocol("oci2m").defaults.source_splits == "train+test"
    assert known.protocol("cs2w").defaults.target_species == ("print", "replay")


def test_a_users_protocol_and_suite_stand_beside_the_shipped_ones():
    known = added(OURS)
    ours = known.protocol("Office2SiW")
    assert (ours.title, ours.sources, ours.targets) == (
        "The office + CASIA-SURF CeFA to SiW-Mv2",
        ("office", "cefa"),
        ("siw-mv2",),
    )
    choices = ours.defaults
    assert (choices.source_splits, choices.few_shot, choices.train_fraction) == ("train+test", 0, 0.5)
    assert choices.target_species == ("print",)
    assert choices.cefa_light1 is True
    assert [p.name for p in known.expand(["ours"], ["cefa", "office"])] == ["office2siw", "cefa2siw", "office-to-cefa"]
    assert [p.name for p in known.expand(["all", "cefa2siw"], [])] == [p.name for p in known.expand(["paper"], [])]


def test_any_releases_are_a_protocol_under_the_name_that_spells_it():
    known = added(OURS)
    made = known.protocol("cefa+casia-surf-to-siw-mv2")
    assert (made.name, made.sources) == ("casia-surf+cefa-to-siw-mv2", ("casia-surf", "cefa"))
    assert known.protocol(made.name) == made == known.of_releases(["cefa", "casia_surf"], ["siw-mv2"])
    assert known.protocol("cefa-to-siw-mv2").name == "cefa2siw"
    assert known.protocol("oulu-npu-to-msu-mfsd").name == "oulu-npu-to-msu-mfsd", "o2m counts otherwise"
    intra = known.protocol("intra-office")
    assert (intra.sources, intra.targets, intra.defaults.target_splits) == (("office",), ("office",), "test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[protocols.x]\nsources = ["cefa"]\n', "protocol x: targets = None is no list of releases"),
        ('[protocols.x]\nsources = []\ntargets = ["cefa"]\n', r"sources = \[\] is no list"),
        (
            '[protocols.x]\nsources = ["cefa"]\ntargets = ["sivv"]\n',
            "unknown release 'sivv': did you mean siw or siw-mv2",
        ),
        ('[protocols.x]\nsources = ["cefa"]\ntargets = ["cefa"]\n', "protocol x: its source cefa is its target"),
        ('[protocols.x]\nsources = ["cefa", "CEFA"]\ntargets = ["siw-mv2"]\n', "names cefa twice"),
        ('[protocols.x]\nsources = ["cefa"]\ntarget = ["siw-mv2"]\n', "did you mean targets"),
        ('[protocols.cefa2siw]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\n', "exists already"),
        ('[protocols.paper]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\n', "both a protocol and a suite"),
        ('[protocols."a-to-b"]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\n', "names are short lower-case words"),
        ('[protocols."../x"]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\n', "names are short lower-case words"),
        ('[protocols.x]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\nfew_shot = -1\n', "few_shot = -1 is no number"),
        ('[protocols.x]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\ndev = "none"\n', "protocol x: setting dev"),
        (
            '[protocols.x]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\nchoices = { source_split = "train" }\n',
            "protocol x: unknown setting 'source_split': did you mean source_splits",
        ),
        (
            '[protocols.x]\nsources = ["cefa"]\ntargets = ["siw-mv2"]\nchoices = { source_splits = "trian" }\n',
            "setting source_splits: 'trian' is not one of",
        ),
        ("protocols = 3\n", "are tables"),
        ("[protocols]\nx = 3\n", "protocol x: "),
        ('[suites.s]\ntitle = "x"\n', "protocols is a list of names"),
        ('[suites.s]\nprotocols = ["cefa2siv"]\n', "suite s: unknown protocol 'cefa2siv': did you mean cefa2siw"),
        ('[suites.s]\nprotocols = ["*-to-nowhere"]\n', "suite s: .*unknown release 'nowhere'"),
        ('[suites.paper]\nprotocols = ["cefa2siw"]\n', "suite 'paper' exists already"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_file_and_protocol(text, message):
    with pytest.raises(InputError, match=message) as caught:
        added(text)
    assert str(caught.value).startswith("lab.toml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("cefa2siv", "unknown protocol 'cefa2siv': did you mean cefa2siw"),
        ("cefa-to-nowhere", "unknown release 'nowhere'"),
        ("cefa-to-cefa", "its source cefa is its target"),
        ("cefa+cefa-to-siw-mv2", "names cefa twice"),
        ("-to-siw-mv2", "sources = .* is no list of releases"),
        ("intra-sivv", "unknown release 'sivv'"),
    ],
)
def test_an_unknown_word_comes_with_a_suggestion(word, message):
    with pytest.raises(InputError, match=message):
        catalogue.shipped().protocol(word)
    with pytest.raises(InputError):
        catalogue.shipped().expand([word], [])
    with pytest.raises(InputError, match="unknown suite 'mcoi': did you mean mcio"):
        catalogue.shipped().suite("mcoi")


def test_a_plug_in_brings_protocols_and_a_broken_one_harms_nothing(tmp_path: Path):
    file = tmp_path / "more.toml"
    file.write_text('[protocols.siw2cefa]\nsources = ["siw-mv2"]\ntargets = ["cefa"]\n')
    install(tmp_path, "good_plugin", f"from pathlib import Path\nPLACE = Path({str(file)!r})\n", "protocols", "good_plugin:PLACE")  # fmt: skip # noqa: E501
    install(tmp_path, "bad_plugin", "PLACE = '/nowhere.toml'\n", "protocols", "bad_plugin:PLACE")
    code = "from protocols.catalogue import shipped; print(shipped().protocol('siw2cefa').title, 'cefa2siw' in shipped().protocols)"  # noqa: E501
    done = python(tmp_path, "-c", code)
    assert done.stdout == "SiW-Mv2 to CASIA-SURF CeFA True\n"
    assert done.stderr.startswith("warning: the protocol plug-in 'bad_plugin' (bad_plugin:PLACE) cannot be loaded: ")
    assert done.stderr.count("\n") == 1


def test_what_is_shipped_is_right_though_nobody_looks_at_it_when_it_is_loaded():
    folder = Path(catalogue.__file__).with_name("suites")
    known = catalogue.Catalogue()
    for file in sorted(folder.glob("*.toml")):
        known = known.add(tomllib.loads(file.read_text()), {}, file.name)
    assert known.protocols.keys() == catalogue.shipped().protocols.keys()
    for protocol in known.protocols.values():
        assert protocol == catalogue.shipped().protocol(protocol.name)
