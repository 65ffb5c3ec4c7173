from pathlib import Path

import pytest

import methods
from benchmark.exchange.known import is_demo, method_name, target_part
from protocols.catalogue import shipped
from protocols.demo import build
from protocols.errors import InputError
from protocols.place import Place
from protocols.world import World


@pytest.mark.parametrize("name", [method.name for method in methods.available()])
def test_rows_of_methods_made_here_cannot_be_taken(name):
    for word in (name, name.upper(), name.replace("-", "_")):
        with pytest.raises(InputError, match="a method of this benchmark"):
            method_name(word, None)


def test_nor_can_their_titles():
    title = methods.get("grpo").title
    with pytest.raises(InputError, match="--title"):
        method_name("mine", title.upper())


@pytest.mark.parametrize("word", ["our net", "../x", "-x", "", "a/b"])
def test_a_name_is_a_word(word):
    with pytest.raises(InputError, match="lower-case words"):
        method_name(word, None)


def test_a_world_without_the_release_knows_nothing_of_it():
    world = World("lab", False, Path(), {"cefa": Place(Path())})
    assert target_part(world, shipped().protocol("cefa2siw")) is None
    assert method_name("Our_Net", "Our net") == "our-net"


def test_figures_on_the_demo_s_folders_are_the_demo_s_in_any_world(demo_cache, tmp_path):
    protocol = shipped().protocol("cefa2siw")
    roots = build(demo_cache, size="small")
    assert is_demo(World("lab", False, tmp_path, {"siw-mv2": Place(roots["siw-mv2"])}), protocol)
    assert not is_demo(
        World("lab", False, tmp_path, {"cefa": Place(roots["cefa"])}), protocol
    )  # its target is not held
