"""One function turns words into the settings of a run, for every command."""

from __future__ import annotations

import pytest

import methods
from benchmark.running.settings import resolve
from benchmark.running.spec import RunSpec
from protocols.errors import InputError
from protocols.world import demo_world


def test_each_setting_goes_to_the_part_that_has_it() -> None:
    found = resolve({"cost": "2e0", "train_fraction": "0.50", "size": "240"}, "demo", methods.get("ms-lbp"))
    assert (found.settings.cost, found.choices.train_fraction, found.recipe.size) == (2.0, 0.5, 240)
    assert found.overrides == {"cost": 2.0, "size": 240, "train_fraction": 0.5}


def test_the_preset_s_own_value_in_other_words_is_no_change() -> None:
    usual = resolve({}, "demo", methods.get("ms-lbp"))
    again = resolve({"train_fraction": "1", "size": f"{float(usual.recipe.size)}"}, "demo", methods.get("ms-lbp"))
    assert again == usual
    assert not again.overrides


def test_a_setting_of_other_methods_is_said_to_be_theirs() -> None:
    with pytest.raises(InputError, match="setting temperature: sft has none; it belongs to grpo, grpo-lora"):
        resolve({"temperature": "0.5"}, "demo", methods.get("sft"))
    with pytest.raises(InputError, match="unknown setting of sft 'learning_rat': did you mean learning_rate"):
        resolve({"learning_rat": "1"}, "demo", methods.get("sft"))


def test_without_a_method_only_data_and_recipe_can_change() -> None:
    assert resolve({"cefa_parts": "2d"}, "paper").overrides == {"cefa_parts": "2d"}
    with pytest.raises(InputError, match="unknown choice or setting of the recipe 'cost'"):
        resolve({"cost": "2"}, "paper")
    with pytest.raises(InputError, match="unknown setting of ms-lbp 'cots': did you mean cost"):
        resolve({"cots": "2"}, "paper", methods.get("ms-lbp"))


def test_one_run_in_other_words_is_the_same_run() -> None:
    specs = [RunSpec.of(demo_world(), "cefa2siw", "ms-lbp", changes={"cost": text}) for text in ("2", "2.0", "2e0")]
    assert len({spec.id for spec in specs}) == 1
