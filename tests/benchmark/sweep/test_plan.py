"""Sweeps as data: what a file expands to, what it is refused for, and what becomes of two words for one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.sweep import attempt, plan, state
from benchmark.sweep.cost import estimates
from benchmark.sweep.plan import Resources
from benchmark.sweep.site import Site
from protocols import world
from protocols.catalogue import shipped
from protocols.errors import InputError


@pytest.fixture
def load(tmp_path, monkeypatch):
    """`load("[[runs]] ...")`: the entries of a sweep in the demo world."""
    monkeypatch.setenv("PAD_CACHE", str(tmp_path / "cache"))

    def read(text: str, preset: str = "demo") -> list[state.SweepRun]:
        file = tmp_path / "some.toml"
        file.write_text(text)
        return state.entries(plan.load(str(file), preset), world.demo_world(), tmp_path / "results")

    return read


RUN = '[[runs]]\nmethod = "ms-lbp"\nprotocol = "surf2siw"\n'


def test_a_block_is_the_product_of_its_lists(load):
    found = load(
        '[[runs]]\nmethod = ["ms-lbp", "cnn"]\nprotocol = "all"\nseed = [0, 1]\nset = { target_frames = [1, 2] }'
    )
    assert len(found) == 2 * len(shipped().suite("paper").protocols) * 2 * 2
    assert len({entry.final for entry in found}) == len(found)
    words = found[0].planned.words()
    assert words[:3] == ["run", "--method", "ms-lbp"]
    assert "target_frames=1" in words


def test_the_same_run_in_other_words_stands_once(load):
    assert len(load(RUN + "seed = [0, 0]\n" + RUN + "set = { train_fraction = 1.0 }")) == 1


def test_later_patterns_of_resources_win(load):
    table = '[resources.demo."*"]\ncpus = 2\nhours = 5\n[resources.demo."ms-*"]\ncpus = 3\n'
    (entry,) = load(RUN + table + '[resources.paper."*"]\ngpus = 8\n')
    assert entry.planned.resources == Resources(cpus=3, hours=5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RUN.replace("ms-lbp", "ms-lpb"), "did you mean ms-lbp"),
        (RUN.replace("surf2siw", "surf2sew"), "did you mean surf2siw"),
        (RUN + "set = { epocs = 1 }", "unknown setting of ms-lbp 'epocs'"),
        (RUN + "set = { target_frames = 0 }", "target_frames"),
        (RUN + "seed = 'one'", "seeds are whole numbers"),
        (RUN + "sed = 1", "unknown entry of [[runs]] 'sed'"),
        (RUN + "[resource.demo]", "unknown entry 'resource'"),
        (RUN + '[resources.demo."*"]\ncpu = 1', "unknown resource 'cpu'"),
        (RUN + '[resources.demo."*"]\ncpus = "two"', "cpus = 'two' is not int"),
        (RUN + '[resources.demo."*"]\nlaunch = "zero4.yaml"', "did you mean zero3.yaml"),
        (RUN + '[slurm."*"]\npartitions = "gpu"', "did you mean partition"),
        (RUN + "[slurm]\npartition = 'gpu'", '[slurm."partition"] is not a table'),
        (RUN + '[slurm."*"]\nqos = 3', "qos = 3 is not a line of text"),
        (RUN + '[slurm."*"]\nsetup = "module load cuda"', "is not a list of lines"),
        (RUN + '[slurm."*"]\nsetup = ["a\\nb"]', "is not a line of text"),
        (RUN + '[slurm."*"]\noptions = { time = "1:00" }', "time is given by the sweep itself"),
        (RUN + '[slurm."*"]\noptions = { qos = "long" }', "qos has an entry of its own"),
        ('include = "some.toml"\n' + RUN, "is not the name of another sweep"),
        ('include = "other"\n' + RUN, "unknown sweep"),
        ('[[runs]]\nmethod = "cnn"', "without protocol"),
        ("title = 'nothing'", "no [[runs]]"),
        ("title = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line_that_names_it(load, text, said):
    with pytest.raises(InputError) as raised:
        load(text)
    assert said in str(raised.value)
    assert "some" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("preset", ["demo", "paper"])
@pytest.mark.parametrize("name", ["paper", "quick"])
def test_shipped_sweeps_touch_every_method_and_protocol(name, preset, tmp_path, monkeypatch):
    import methods

    monkeypatch.setenv("PAD_CACHE", str(tmp_path))
    found = state.entries(plan.load(name, preset), world.demo_world(), tmp_path)
    assert {entry.spec.method.name for entry in found} == {kind.name for kind in methods.available()}
    on_all = {entry.spec.method.name for entry in found if entry.spec.protocol.name == "surf2siw"}
    assert {"ms-lbp", "cnn", "flip-mcl", "foundpad", "qwen-zero-shot", "sft", "grpo"} <= on_all
    prices = estimates(found, [])
    assert all(price.cpu_hours > 0 and price.recorded == 0 for price in prices)
    assert any(price.gpu_hours > 0 for price in prices) == (preset == "paper")


@pytest.mark.parametrize("preset", ["demo", "paper"])
@pytest.mark.parametrize("name", [name for name in plan.SHIPPED if name not in ("paper", "quick")])
def test_the_sweep_of_a_suite_has_all_its_protocols_in_every_family(name, preset, tmp_path, monkeypatch):
    monkeypatch.setenv("PAD_CACHE", str(tmp_path))
    demo = world.demo_world()
    found = state.entries(plan.load(name, preset), demo, tmp_path)
    members = demo.catalogue.suite(name).protocols
    for method in ("colour-texture", "flip-mcl", "qwen-zero-shot", "grpo-lora"):
        assert [e.spec.protocol.name for e in found if e.spec.method.name == method] == list(members)
    prices = estimates(found, [])
    assert any(price.gpu_hours > 0 for price in prices) == (preset == "paper")


def test_what_the_cluster_is_told_goes_by_pattern_and_the_paper_can_be_taken_along(tmp_path, monkeypatch):
    monkeypatch.setenv("PAD_CACHE", str(tmp_path))
    (tmp_path / "lab.toml").write_text(
        """
        title = "at the lab"
        include = "paper"
        [slurm."*"]
        partition = "cpu"
        setup = ["module load cuda"]
        [slurm."grpo*"]
        partition = "gpu"
        options = { mail_user = "me" }
        [resources.paper."grpo"]
        hours = 3
        """
    )
    lab, paper = plan.load(str(tmp_path / "lab.toml"), "paper"), plan.load("paper", "paper")
    assert (lab.title, len(lab.runs)) == ("at the lab", len(paper.runs))
    by_method = {run.method: run for run in lab.runs}
    assert by_method["cnn"].site == Site(partition="cpu", setup=("module load cuda",))
    grpo = by_method["grpo"]
    assert grpo.site == Site(partition="gpu", setup=("module load cuda",), options=(("mail-user", "me"),))
    assert (grpo.resources.hours, grpo.resources.gpus) == (3, 8)
    assert lab.prepare.site.partition == "cpu"
    assert lab.prepare.resources == paper.prepare.resources
    assert paper.prepare.resources.hours == 12


def test_a_training_that_runs_share_is_counted_once(load):
    table = '[resources.paper."*"]\ngpus = 2\nhours = 5\nanswer_hours = 0.5\n'
    several = RUN.replace("ms-lbp", "cnn").replace('"surf2siw"', '["surf2siw", "surf2hqwmca", "cefa2siw"]')
    found = load(several + "seed = [0, 1]\n" + table, "paper")
    prices = estimates(found, [])
    trains = {entry.planned.title: price.trains for entry, price in zip(found, prices, strict=True)}
    assert sum(trains.values()) == 4  # two sources, two seeds
    assert trains["cnn surf2siw s0"] != trains["cnn surf2hqwmca s0"]
    assert sum(price.gpu_hours for price in prices) == 4 * 10 + 2 * 1
    left = estimates(found[1:], [], done=found[:1])
    assert sum(price.trains for price in left) == 3


def test_the_papers_sweep_trains_each_model_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PAD_CACHE", str(tmp_path))
    found = state.entries(plan.load("paper", "paper"), world.demo_world(), tmp_path)
    by_method: dict[str, int] = {}
    for entry, price in zip(found, estimates(found, []), strict=True):
        by_method[entry.spec.method.name] = by_method.get(entry.spec.method.name, 0) + price.trains
    assert by_method["grpo"] == 2 * 3 + 4 + 2  # Table 1: two sources, three seeds; Figures 4 and 5
    assert {by_method[name] for name in ("cnn", "flip-mcl", "foundpad", "sft", "grpo-lora")} == {6}
    assert by_method["qwen-zero-shot"] == 2  # asked once about each target


def test_several_processes_go_through_a_launcher():
    words = ["run", "--method", "grpo"]
    alone = attempt.command(words, Resources())
    assert alone[1:] == ("-m", "benchmark", *words)
    on_cpu = " ".join(attempt.command(words, Resources(processes=2)))
    assert "torch.distributed.run --standalone --nproc-per-node 2 -m benchmark run --method grpo" in on_cpu
    sharded = attempt.command(words, Resources(processes=8, gpus=8, launch="zero3.yaml"))
    assert Path(sharded[sharded.index("--config_file") + 1]).name == "zero3.yaml"
    assert sharded[-5:] == ("-m", "benchmark", *words)


def test_the_last_line_of_a_log_is_its_last_words_of_this_attempt(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"old\n" + b"x" * 50_000 + b"\nRuntimeError: no\n=====\n\n")
    assert attempt.last_line(log) == "RuntimeError: no"
    assert attempt.last_line(log, since=log.stat().st_size) == ""
    assert attempt.last_line(tmp_path / "none") == ""
