"""Releases found by name, in this project and in plug-ins; what a plug-in gets wrong is said and harms nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.adapter import RELEASES
from protocols.errors import InputError
from tests.plugins import install, python

PLUGIN = '''
import re
from dataclasses import dataclass
from pathlib import Path

from protocols.adapter import Adapter, register
from protocols.presentation import Media, Presentation, Release


@dataclass(frozen=True)
class OfficeChoices:
    office_masks: bool = True


@register("office", title="The office")
class Office(Adapter):
    """Pictures of the office."""
    licence = "ours"
    choices = OfficeChoices
    covariates = ("sensor",)
    signature = re.compile("desk")

    def keeps(self, p, choices, side):
        return choices.office_masks or p.species != "rigid mask"

    def discover(self, root):
        from protocols.errors import InputError
        files = sorted(root.glob("desk-*.jpg")) if root.is_dir() else []
        if not files:
            raise InputError(f"{root}: no pictures of a desk")
        rows = [Presentation(f.stem, "attack" if "fake" in f.stem else "bona fide",
                             "print" if "fake" in f.stem else "bona fide", "x", f.stem[5:7], f.stem[5:7], None,
                             Media("images", (f.name,)), covariates=(("sensor", "webcam"),)) for f in files]
        return Release(self.name, self.title, "pictures", Path(root), tuple(rows))
'''


def test_a_release_of_a_plug_in_is_one_like_any_other(tmp_path: Path) -> None:
    install(tmp_path, "office_plugin", PLUGIN, "releases")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("desk-01-real", "desk-01-fake", "desk-02-real"):
        (copy / f"{name}.jpg").write_bytes(b"x")
    code = (
        "import sys; from pathlib import Path\n"
        "from protocols.contract import check_release\n"
        "from protocols.choices import complete\n"
        "print(len(check_release('office', Path(sys.argv[1])).presentations), complete()().office_masks)"
    )
    done = python(tmp_path, "-c", code, str(copy))
    assert (done.stdout.split(), done.stderr) == (["3", "True"], "")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nothing_of_that_name", "nothing_of_that_name"),
        (PLUGIN.replace('"office"', '"cefa"'), "the choice 'office_masks' of cefa has to begin with 'cefa'"),
        (PLUGIN.replace('"office"', '"siw-mv2"').replace("office_m", "siw_mv2_m"), "two releases are called 'siw-mv2'"),
        (PLUGIN.replace('"office"', '"demo"'), "'demo' means something else"),
        (PLUGIN.replace('"office"', '"The Office"'), "lower-case words"),
    ],
)
def test_a_broken_plug_in_is_named_once_and_harms_nothing(tmp_path: Path, source: str, reason: str) -> None:
    install(tmp_path, "office_plugin", source, "releases")
    done = python(tmp_path, "-c", "from protocols.adapter import RELEASES; print(*RELEASES, RELEASES['cefa'].title)")
    assert "office" not in done.stdout
    assert done.stdout.endswith(" siw-mv2 uniattackdata wmca CASIA-SURF CeFA\n")
    assert done.stderr.startswith("warning: the release plug-in 'office_plugin' (office_plugin) cannot be loaded: ")
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_names_are_found_in_any_spelling_and_unknown_ones_get_a_suggestion() -> None:
    assert RELEASES.named(" HQ_WMCA ") is RELEASES["hq-wmca"]
    with pytest.raises(InputError, match="unknown release 'hq-wcma': did you mean hq-wmca"):
        RELEASES.named("hq-wcma")
