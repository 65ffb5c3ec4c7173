"""The processes of a launch: imports everything once, then makes every run in forks.

`python -m tests.sharding.process` reads one JSON object a line: `words` (of the command line), `environments` and
`logs` (one for each process) and `dies_at` (the training step whose row of the curve the first does not survive: kill
-9). It answers each with a list of exit statuses on a line.

accelerate (1.15) refuses FSDP and DeepSpeed on CPUs. Here it believes in several GPUs whose tensors lie on the CPU and
talk through gloo; nothing of the product is changed.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import sys
import traceback
from typing import Any


def believe_in_gpus() -> None:
    """accelerate takes the branches that it takes on several GPUs."""
    import accelerate.accelerator
    import torch
    from accelerate.state import DistributedType, PartialState

    begin = PartialState.__init__

    def backend(self, cpu=False, sagemaker_dp=False, backend=None):
        return "gloo", DistributedType.MULTI_GPU

    def set_device(self):
        self.device = torch.device("cpu")

    def begin_without_cpu(self, cpu=False, **kwargs):
        begin(self, False, **kwargs)

    PartialState._prepare_backend = backend
    PartialState.set_device = set_device
    PartialState.default_device = property(lambda self: torch.device("cpu"))
    PartialState.__init__ = begin_without_cpu
    accelerate.accelerator.check_cuda_fp8_capability = lambda: False


def as_on_a_gpu() -> None:
    """The trainer in bfloat16, and a device map when the trained model is opened to answer."""
    from transformers import AutoModelForImageTextToText

    from methods.mllm import training
    from methods.mllm.policy import MllmMethod

    arguments, answers = training.arguments, MllmMethod._open_for_answers
    plain = AutoModelForImageTextToText.from_pretrained

    def open_for_answers(self, name, job):
        AutoModelForImageTextToText.from_pretrained = functools.partial(plain, device_map="cpu")
        try:
            answers(self, name, job)
        finally:
            AutoModelForImageTextToText.from_pretrained = plain

    training.arguments = lambda *a, **k: {**arguments(*a, **k), "bf16": True}
    MllmMethod._open_for_answers = open_for_answers


def die_at(step: int) -> None:
    """Without a word or cleaning up, once the row of this step is written."""
    from benchmark.running.workspace import Workspace

    log = Workspace.log

    def last(self, **row):
        log(self, **row)
        if row.get("step") == step:
            os.kill(os.getpid(), signal.SIGKILL)

    Workspace.log = last


def make(words: list[str], environment: dict[str, str], log: str, dies_at: int | None) -> int:
    """One run, in this process. Returns its exit code."""
    from benchmark.__main__ import main
    from methods.mllm import sharding

    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(environment)
    if sharding.kind():
        believe_in_gpus()
    if os.environ.get("ACCELERATE_MIXED_PRECISION") == "bf16":
        as_on_a_gpu()
    if dies_at is not None:
        die_at(dies_at)
    return main(words)


def fork(*job: Any) -> int:
    """The number of a process that makes a run and is gone."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = make(*job)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    """Answer until the input ends."""
    for heavy in ("deepspeed", "benchmark.running.runner", "methods.mllm.grpo_trainer", "methods.mllm.sft_trainer"):
        importlib.import_module(heavy)
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        each = zip(job["environments"], job["logs"], strict=True)
        children = [
            fork(job["words"], around, log, None if rank else job["dies_at"]) for rank, (around, log) in enumerate(each)
        ]
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]), flush=True)


if __name__ == "__main__":
    serve()
