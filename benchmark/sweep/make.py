"""Make the runs of a sweep with what there is: this machine, or a cluster."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from benchmark.results.runs import require_writable
from benchmark.running.faces import prepare_all
from benchmark.sweep import local, preparing, slurm
from benchmark.sweep.plan import USUAL, Needs
from benchmark.sweep.state import SweepRun
from methods import extras
from protocols.world import World


@dataclass(frozen=True)
class Means:
    """What makes the runs. `jobs`: cores of this machine; `partition`, `account`, `minutes`: of the cluster.

    `partial`: go on where a part lacks more than may be missing. `prepare`: what the cluster's job that prepares faces
    needs. `detach`: hand the jobs in and leave.
    """

    engine: Literal["local", "slurm"] = "local"
    device: str = "auto"
    config: Path | None = None
    workers: int = 1
    progress: bool = True
    jobs: int | None = None
    partition: str | None = None
    account: str | None = None
    minutes: int | None = None
    partial: bool = False
    prepare: Needs = USUAL
    detach: bool = False


def make(world: World, results: Path, todo: Sequence[SweepRun], means: Means) -> dict[SweepRun, str]:
    """Make the runs; what failed, and why. A SIGTERM stops as Ctrl-C does."""
    require_writable(results)
    say = partial(print, flush=True)  # a log file is read while the sweep goes on
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if means.device == "cpu":
        todo = [_on_cpu(entry) for entry in todo]
    options = ["--world", world.name, "--results", str(results.resolve())]
    options += ["--config", str(means.config.resolve())] if means.config else []
    options += ["--device", means.device] if means.device != "auto" else []
    for_runs = [*options, *(["--partial"] if means.partial else [])]
    if means.engine == "slurm":
        return _on_cluster(world, results, todo, means, options, for_runs, say)
    for kind in {entry.spec.method for entry in todo}:
        extras.require(kind.extra, f"method {kind.name}")
    budget = local.this_machine(means.jobs)
    budget.check(todo)
    for _ in prepare_all(world, preparing.wanted(todo), means.workers, progress=means.progress):
        pass  # once, before many processes want them at the same time
    return local.run_all(todo, for_runs, budget, say)


def _on_cpu(entry: SweepRun) -> SweepRun:
    resources = replace(entry.planned.resources, gpus=0, launch="")
    return replace(entry, planned=replace(entry.planned, resources=resources))


def _on_cluster(
    world: World,
    results: Path,
    todo: Sequence[SweepRun],
    means: Means,
    options: Sequence[str],
    for_runs: Sequence[str],
    say: Callable[[str], None],
) -> dict[SweepRun, str]:
    folder = results.resolve() / "sweeps" / "slurm"
    cluster = slurm.Cluster(
        folder=folder, partition=means.partition, account=means.account, limit_minutes=means.minutes
    )
    faces = preparing.attempts(todo, means.prepare, world.preset, options, cluster.logs)
    jobs = slurm.submit(todo, for_runs, cluster, slurm.Preparation(tuple(faces), means.prepare))
    say(f"  {len(jobs)} jobs in the queue; their logs: {cluster.folder}")
    if means.detach:
        say("  the same command without --detach waits for them; `sweep status` looks at them")
        return {}
    return slurm.wait(jobs, cluster, say)
