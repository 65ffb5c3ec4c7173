"""A real Slurm of one node for tests: munge, controller and node daemon, with all their files in one folder.

    python -m tests.slurm.node install            packages of Debian or Ubuntu; needs root
    python -m tests.slurm.node start FOLDER       prints the variable that points Slurm's commands to it; needs root
    python -m tests.slurm.node stop FOLDER

Nothing of a Slurm that the machine may have is touched: ports, socket and configuration are its own. Waiting times that
an administrator sets in minutes (before a killed job is gone, before a requeued one starts) are seconds here.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.debian import install, program

DAEMONS = ("munged", "slurmctld", "slurmd")
PACKAGES = ("munge", "slurmctld", "slurmd", "slurm-client")
CONFIGURATION = """\
ClusterName=bench
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=15
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2,requeue_delay=1
KillWait=2
MinJobAge=600
ReturnToService=2
MpiDefault=none
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/node
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Features=cpu State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def start(folder: Path) -> dict[str, str]:
    """Start all three and wait until the node takes jobs; returns what Slurm's commands need in their environment.

    Raises RuntimeError with the logs' last lines if the node does not come up.
    """
    for part in ("controller", "node"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    host = socket.gethostname().partition(".")[0]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=host, ports=_free_ports(2), folder=folder, cpus=os.cpu_count(), memory=pages * 8 // 10
        )
    )
    own = {"SLURM_CONF": str(configuration)}
    environment = {**os.environ, **own}
    munge = {"--key-file": key, "--socket": folder / "munge.socket", "--pid-file": folder / "munged.pid"}
    munge |= {"--log-file": folder / "munged.log", "--seed-file": folder / "munge.seed"}
    _run([program("munged"), "--force", *(f"{option}={place}" for option, place in munge.items())], environment)
    _run([program("slurmctld"), "-c", "-f", str(configuration)], environment)
    _run([program("slurmd"), "-f", str(configuration), "-N", host], environment)
    for _ in range(120):
        said = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, env=environment).stdout
        if "idle" in said:
            return own
        time.sleep(0.5)
    logs = [line for name in DAEMONS for line in _tail(folder / f"{name}.log")]
    stop(folder)
    raise RuntimeError("the Slurm node did not become idle:\n" + "\n".join(logs))


def stop(folder: Path) -> None:
    """End the three daemons of a folder, by their process numbers."""
    for name in reversed(DAEMONS):
        file = folder / f"{name}.pid"
        if file.exists():
            try:
                os.kill(int(file.read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                continue


def _run(words: list[str | None], environment: dict[str, str]) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=environment, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {(done.stderr or done.stdout).strip()}")


def _tail(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-5:] if log.exists() else [f"{log.name}: nothing"]


def _free_ports(number: int) -> list[int]:
    found = [socket.socket() for _ in range(number)]
    for one in found:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in found]
    for one in found:
        one.close()
    return ports


if __name__ == "__main__":
    if sys.argv[1:] == ["install"]:
        install(PACKAGES)
    elif sys.argv[1:2] == ["start"] and len(sys.argv) == 3:
        print(*(f"export {name}={value}" for name, value in start(Path(sys.argv[2]).resolve()).items()), sep="\n")
    elif sys.argv[1:2] == ["stop"] and len(sys.argv) == 3:
        stop(Path(sys.argv[2]).resolve())
    else:
        sys.exit(__doc__)
