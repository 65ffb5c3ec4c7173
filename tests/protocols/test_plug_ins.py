"""Entry points are found wherever metadata can lie, and nothing is imported to find that there are none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.plugins import install, python

FIND = "import sys; from protocols.plug_ins import entry_points; print(*(p.name for p in entry_points('{}')))"
ASKED = "; print('importlib.metadata' in sys.modules)"
THINGS = FIND.format("pad_benchmark.things")


def test_where_no_package_speaks_of_us_nothing_is_imported(tmp_path: Path) -> None:
    install(tmp_path, "other", "", "things")
    points = tmp_path / "other-1.0.dist-info" / "entry_points.txt"
    points.write_text("[console_scripts]\nother = other:main\n")
    assert python(tmp_path, "-c", THINGS + ASKED).stdout.split() == ["False"]


def test_a_package_is_found(tmp_path: Path) -> None:
    install(tmp_path, "blue", "", "things")
    assert python(tmp_path, "-c", THINGS + ASKED).stdout.split() == ["blue", "True"]
    assert python(tmp_path, "-c", FIND.format("pad_benchmark.others")).stdout.split() == []


@pytest.mark.parametrize("name", ["blue-1.0.egg-info", "Blue-1.0.DIST-INFO"])
def test_other_folders_of_metadata(tmp_path: Path, name: str) -> None:
    install(tmp_path, "blue", "", "things")
    (tmp_path / "blue-1.0.dist-info").rename(tmp_path / name)
    assert python(tmp_path, "-c", THINGS).stdout.split() == ["blue"]


def test_a_package_in_an_archive(tmp_path: Path) -> None:
    install(tmp_path / "loose", "blue", "", "things")
    with zipfile.ZipFile(tmp_path / "blue.zip", "w") as archive:
        for file in (tmp_path / "loose").rglob("*"):
            if file.is_file():
                archive.write(file, file.relative_to(tmp_path / "loose"))
    assert python(tmp_path / "blue.zip", "-c", THINGS).stdout.split() == ["blue"]


def test_a_package_that_a_finder_of_its_own_knows(tmp_path: Path) -> None:
    install(tmp_path / "hidden", "blue", "", "things")
    (tmp_path / "finder.py").write_text(
        "import sys\nfrom importlib import metadata\n"
        "class Finder:\n"
        "    def find_spec(self, *words): return None\n"
        "    def find_distributions(self, context):\n"
        f"        hidden = metadata.DistributionFinder.Context(path=[{str(tmp_path / 'hidden')!r}])\n"
        "        return metadata.MetadataPathFinder.find_distributions(hidden)\n"
        "sys.meta_path.append(Finder())\n"
    )
    assert python(tmp_path, "-c", "import finder; " + THINGS).stdout.split() == ["blue"]
