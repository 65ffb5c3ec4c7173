"""`run`: train one method on a source, decide on a target, keep the score file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HELP = "train and test methods on protocols; what is complete is skipped, what was interrupted goes on"
EXAMPLES = """\
  python -m benchmark run --method ms-lbp --protocol cefa2siw
  python -m benchmark run --method cnn --protocol all --seed 1
  python -m benchmark run --method grpo --protocol cefa2hqwmca --set generations=2
  python -m benchmark run --method foundpad --protocol surf2siw --config lab.toml --device cuda
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--method", required=True, metavar="M[,M...]", help="see `list`")
    parser.add_argument("--protocol", required=True, metavar="P[,P...]", help="see `list`; or `all`")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="one setting; may be repeated")
    parser.add_argument("--preset", choices=("paper", "demo"), help="default: what fits the world")
    parser.add_argument("--force", action="store_true", help="make a run that is complete once more")
    add_machine(parser)


def add_machine(parser: argparse.ArgumentParser) -> None:
    """The options that say what a run may use; shared by every command that computes."""
    parser.add_argument("--world", metavar="NAME", help="`demo`, or the name in the configuration")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; default: cuda if there is one")
    parser.add_argument("--threads", type=int, help="CPU threads (default: 1 in the demo world, else all)")
    parser.add_argument("--workers", type=int, help="processes that prepare faces (default: one per core)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def main(args: argparse.Namespace) -> int:
    """Make every (method, protocol) asked for, in order."""
    from protocols import world as worlds
    from protocols.crossdomain import PROTOCOLS

    world = worlds.load(args.config, name=args.world)
    limit_threads(args, world.demo)

    from benchmark.run.runner import run
    from benchmark.run.spec import RunSpec

    changes = parse_changes(args.set)
    protocols = list(PROTOCOLS) if args.protocol == "all" else args.protocol.split(",")
    specs = [
        RunSpec.of(world, p, m, seed=args.seed, preset=args.preset, changes=changes)
        for m in args.method.split(",")
        for p in protocols
    ]
    machine = machine_of(args)
    if world.demo:
        print("the embedded demo world: procedural faces, its figures say nothing about accuracy in the field")
    for spec in specs:
        announce(spec)
        report(run(spec, args.results, machine, force=args.force))
    return 0


def parse_changes(words: list[str]) -> dict[str, str]:
    """`["a=1", "b=2"]` as a dictionary."""
    from protocols.errors import InputError

    changes = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InputError(f"--set {word}: write it as name=value")
        changes[name] = value
    return changes


def limit_threads(args: argparse.Namespace, demo: bool) -> None:
    """Bound the threads of every numerical library, before any of them is imported."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    args.threads = args.threads or (1 if demo else cores)
    args.workers = args.workers or cores
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(args.threads)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def machine_of(args: argparse.Namespace):
    """The `Machine` that the options describe."""
    from benchmark.run.runner import Machine
    from protocols.errors import InputError

    device = args.device
    if device == "auto" and not _driver_present():
        device = "cpu"  # without importing torch: it costs as much as a classic method's whole run
    if device == "auto" or device.startswith("cuda"):
        import torch

        there = torch.cuda.is_available()
        if device != "auto" and not there:
            raise InputError(f"--device {device}: no CUDA device is usable here; leave it out to run on the CPU")
        if device == "auto":
            device = "cuda" if there else "cpu"
    if device == "cpu" and "torch" in sys.modules:  # else it reads OMP_NUM_THREADS when a method imports it
        sys.modules["torch"].set_num_threads(args.threads)
    return Machine(device=device, threads=args.threads, workers=args.workers, progress=not args.quiet)


def _driver_present() -> bool:
    """False only where no driver of an accelerator is loaded (NVIDIA's, WSL's, AMD's)."""
    return any(
        Path(place).exists() for place in ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    )


def announce(spec) -> None:
    """Say what will be done, with the choices that the paper leaves open."""
    recipe = spec.recipe
    faces = {"frames": recipe.frames, "size": recipe.size, "context": recipe.context, "fit": recipe.fit}
    margin = {k: v for k, v in spec.settings.as_dict().items() if k in ("face_scale", "scale")}
    choices = spec.choices.recorded(spec.releases) | faces | {"detector": recipe.detector}
    words = [*choices.items(), *((f"the method's {name}", value) for name, value in margin.items())]
    print(f"{spec.id}  ({spec.preset} preset; {', '.join(f'{key}={value}' for key, value in words)})")


def report(run) -> None:
    """One line: the rates under the method's own threshold policy."""
    from benchmark.metrics.summary import policy_figures
    from benchmark.metrics.thresholds import parse

    entry = policy_figures(run, parse(run.policy))
    found = entry.on_target()
    if found is None:
        print(f"  {run.policy}: {entry.undefined}  -> {run.path}")
        return
    rates = "  ".join(
        f"{name} {100 * rate.value:.2f} % ({rate.errors}/{rate.n})"
        for name, rate in (("FRR", found.frr), ("FAR", found.far))
        if rate.value is not None
    )
    silent = run.counts.non_response
    rates += "" if found.hter is None else f"  HTER {100 * found.hter:.2f} %"
    print(f"  {run.policy}: {rates}  {f'{silent} without an answer  ' if silent else ''}-> {run.path}")
