"""Starts runs on two processes with the environment of a launch file, as `accelerate launch` sets it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from benchmark.sweep.plan import launch_file
from tests.conftest import environment


def of_launch_file(name: str, **changes: str) -> dict[str, str]:
    """What `accelerate launch --config_file NAME` would add to the environment; `mixed_precision="no"` and the like."""
    from accelerate.commands import launch
    from accelerate.utils import launch as tools

    words = ["--num_processes", "2", "--num_machines", "1", "--main_process_port", "0", "--dynamo_backend", "no"]
    options = [word for key, value in changes.items() for word in (f"--{key}", value)]
    words += [*options, "--config_file", str(launch_file(name)), "-m", "benchmark"]
    args, defaults, _ = launch._validate_launch_command(launch.launch_command_parser().parse_args(words))
    if args.use_deepspeed:
        args.deepspeed_fields_from_accelerate_config = ",".join(defaults.deepspeed_config)
        _, found = tools.prepare_deepspeed_cmd_env(args)
    else:
        found = tools.prepare_multi_gpu_env(args)
    return {k: v for k, v in found.items() if k.startswith(("ACCELERATE", "FSDP", "DS_")) and os.environ.get(k) != v}


class Launcher:
    """A waiting process that has imported everything. `run` makes one run in processes that fork from it."""

    def __init__(self, cache: Path, folder: Path) -> None:
        self._folder, self._runs = folder, 0
        self._errors = folder / "launcher"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.sharding.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment(cache) | {"DS_ACCELERATOR": "cpu", "ACCELERATE_LOG_LEVEL": "error"},
                text=True,
                start_new_session=True,
            )
        while self._answer() != "ready":  # libraries that greet on the standard output
            pass

    def run(
        self, *words: str, environment: dict[str, str], dies_at: int | None = None, processes: int = 2
    ) -> tuple[list[int], str]:
        """Exit codes, and what all of them said; `dies_at` is for the first process."""
        self._runs += 1
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        logs = [self._folder / f"run{self._runs}-{rank}.log" for rank in range(processes)]
        together = {"WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes)}
        together |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        each = [
            environment | ({"RANK": str(rank), "LOCAL_RANK": str(rank), **together} if processes > 1 else {})
            for rank in range(processes)
        ]
        job = {"words": words, "environments": each, "logs": [str(log) for log in logs], "dies_at": dies_at}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._answer()), "".join(log.read_text() for log in logs)

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self._errors.read_text()
        return line.strip()

    def close(self) -> None:
        """End it and all that it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
