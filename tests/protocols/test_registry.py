"""What a file registers is found by its name; plug-ins are tried in processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import InputError
from protocols.registry import Registry
from tests.plugins import install, python

THINGS = """
from protocols.registry import Registry
THINGS = Registry("thing", "things")
"""
RED = "from things import THINGS\nclass Red: pass\nTHINGS.add('red', Red)\n"
PLUGIN = "from things import THINGS\nclass Blue: pass\nTHINGS.add('dark-blue', Blue)\n"
SHOW = "from things import THINGS; print(*THINGS); print(THINGS['red'].__module__)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An open kind `thing` with one of them in its own folder."""
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "__init__.py").write_text(THINGS)
    (tmp_path / "things" / "red.py").write_text(RED)
    (tmp_path / "things" / "_private.py").write_text("raise ValueError('not to be looked at')")
    return tmp_path


def test_folder_and_plug_ins_are_found_by_name(folder: Path) -> None:
    install(folder, "blue_plugin", PLUGIN, "things")
    done = python(folder, "-c", f"{SHOW}; print(THINGS.named(' Dark_BLUE ').__name__, len(THINGS), 'no' in THINGS)")
    assert (done.stdout.splitlines(), done.stderr) == (["dark-blue red", "things.red", "Blue 2 False"], "")


def test_plug_ins_are_not_looked_for_where_the_folder_has_the_thing(folder: Path) -> None:
    install(folder, "blue_plugin", "print('imported')", "things")
    code = "from things import THINGS; THINGS.named('red'); THINGS['red']; 'red' in THINGS"
    assert python(folder, "-c", code).stdout == ""


def test_the_file_of_a_name_is_loaded_alone(folder: Path) -> None:
    (folder / "things" / "heavy.py").write_text("print('heavy')\n" + RED.replace("red", "heavy-one"))
    (folder / "things" / "thing_2.py").write_text(RED.replace("red", "2"))
    code = "from things import THINGS; THINGS.named('red'); THINGS['2']; 'red' in THINGS"
    assert python(folder, "-c", code).stdout == ""
    done = python(folder, "-c", "from things import THINGS; print(THINGS.named('heavy-one').__name__, *THINGS)")
    assert done.stdout.splitlines() == ["heavy", "Red 2 heavy-one red"]


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("import nothing_of_that_name", "", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise SystemExit(3)", "", "SystemExit: 3"),
        ("class Odd(BaseException): pass\nraise Odd('a\\nb\\x1b')", "", "Odd: a b\ufffd"),
        ("def f(:", "", "SyntaxError"),
        ("x = 1", "blue_plugin:Missing", "Missing"),
        (PLUGIN.replace("dark-blue", "red"), "", "two things are called 'red': things.red.Red and blue_plugin.Blue"),
        (PLUGIN.replace("dark-blue", "Dark Blue"), "", "lower-case words"),
        (PLUGIN + "raise ValueError('half way')", "", "half way"),
    ],
)
def test_a_broken_plug_in_is_named_once_and_harms_nothing(folder: Path, source: str, target: str, reason: str) -> None:
    install(folder, "blue_plugin", source, "things", target)
    install(folder, "good_plugin", PLUGIN.replace("dark-blue", "green"), "things")
    done = python(folder, "-c", f"{SHOW}; list(THINGS); len(THINGS)")
    assert done.stdout.splitlines() == ["green red", "things.red"]
    assert done.stderr.startswith("warning: the thing plug-in 'blue_plugin' (blue_plugin")
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_broken_file_of_the_folder_is_named_once_and_harms_nothing(folder: Path) -> None:
    (folder / "things" / "pink.py").write_text("1 / 0")
    done = python(folder, "-c", SHOW)
    assert done.stdout.splitlines() == ["red", "things.red"]
    assert done.stderr == (
        "warning: the thing file things.pink cannot be loaded: ZeroDivisionError: division by zero; it is left out\n"
    )


def test_asking_for_the_broken_one_is_an_error_with_the_reason_said_once(folder: Path) -> None:
    install(folder, "blue_plugin", "1 / 0", "things", name="dark_blue")
    code = (
        "from things import THINGS; from protocols.errors import InputError\n"
        "try: THINGS.named('dark-blue')\nexcept InputError as error: print(error)\nlist(THINGS)"
    )
    done = python(folder, "-c", code)
    assert done.stdout == (
        "the thing plug-in 'dark_blue' (blue_plugin) cannot be loaded: ZeroDivisionError: division by zero; "
        "mend or uninstall it\n"
    )
    assert done.stderr == ""


def test_a_plug_in_imported_first_takes_nothing_over(folder: Path) -> None:
    install(folder, "blue_plugin", PLUGIN.replace("dark-blue", "red"), "things")
    done = python(folder, "-c", f"try: import blue_plugin\nexcept ValueError as error: print(error)\n{SHOW}")
    assert done.stdout.splitlines() == [
        "two things are called 'red': things.red.Red and blue_plugin.Blue; rename one",
        "red",
        "things.red",
    ]


def test_an_unknown_name_comes_with_a_suggestion() -> None:
    methods = Registry[type]("method", "tests.protocols.demo")
    methods.add("ms-lbp", int)
    with pytest.raises(InputError, match="unknown method 'ms-lpb': did you mean ms-lbp"):
        methods.named("ms-lpb")
    with pytest.raises(KeyError):
        methods["ms_lbp"]


def test_the_same_object_may_register_again_another_may_not() -> None:
    found = Registry[type]("thing", "tests.protocols.demo")
    found.add("one", int)
    found.add("one", int)
    with pytest.raises(ValueError, match=r"two things are called 'one': builtins\.int and builtins\.str"):
        found.add("one", str)
