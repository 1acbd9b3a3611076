"""What the recorders of several workers cost the cluster that they share: each watches every kind in every namespace.

The same pods come and go with none, one and four of them, in turn.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History
from pytest_kworkload.history.recorder import KINDS, Recorder
from pytest_kworkload.history.source import Event
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.watch import ClusterSource

from .cluster import SECONDS, recorded, started
from .figures import line
from .processes import cpu, name, pss, tree
from .rollout import DEPLOYMENT, IMAGE

WORKERS = (0, 1, 4)
RUNS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a processor and MB: of the API server; and of each recorder with what it has received."""

    server: float
    memory: float
    received: list[float]
    recorder: list[float]


def measure() -> list[str]:
    costs: dict[int, list[Cost]] = {count: [] for count in WORKERS}
    with started("--nodes", "3", "--image", f"{IMAGE}=stand-in") as cluster:
        server = next(pid for pid in tree(cluster.pid) if name(pid) == "kube-apiserver")
        _come_and_go(cluster.kubeconfig)  # what is made once is nobody's cost
        for _ in range(RUNS):
            for count in WORKERS:
                costs[count].append(_cost(cluster.kubeconfig, server, count))
    none, one, four = (costs[count] for count in WORKERS)
    return [
        f"{DEPLOYMENT['spec']['replicas']} pods that come and go, with the recorders of so many workers",
        *(line(f"the API server's time, {count}", [one.server for one in costs[count]], "s") for count in WORKERS),
        line("ratio of four to none, pair by pair", [b.server / a.server for a, b in zip(none, four, strict=True)], ""),
        line("ratio of four to one, pair by pair", [b.server / a.server for a, b in zip(one, four, strict=True)], ""),
        *(line(f"the API server's memory (PSS), {count}", [one.memory for one in costs[count]], "MB") for count in WORKERS),
        line("what each of four receives", [size for cost in four for size in cost.received], "MB"),
        line("the time of each of four", [seconds for cost in four for seconds in cost.recorder], "s"),
    ]


def _cost(kubeconfig: Path, server: int, count: int) -> Cost:
    with contextlib.ExitStack() as stack:
        recorders = [stack.enter_context(_recorder(kubeconfig)) for _ in range(count)]
        before = cpu(server)
        _come_and_go(kubeconfig)
        used, memory = cpu(server) - before, pss(server)
        told = [json.loads(process.communicate()[0]) for process in recorders]
    return Cost(used, memory, [one["megabytes"] for one in told], [one["seconds"] for one in told])


@contextlib.contextmanager
def _recorder(kubeconfig: Path) -> Iterator[subprocess.Popen[str]]:
    """One that has its first lists already, in a process of its own as a worker has it."""
    command = [sys.executable, "-m", "benchmarks.recorders", str(kubeconfig)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "recording\n":
                raise SystemExit("the recorder did not start; its message is above")
            yield process
        finally:
            process.kill()


def _come_and_go(kubeconfig: Path) -> None:
    with recorded(kubeconfig, "Deployment", "ReplicaSet", "Pod") as (client, recording):
        deadline = Deadline.after(SECONDS)
        client.create(DEPLOYMENT, "default")
        recording.wait_for(_complete, "the pods to be ready", deadline)
        client.delete("Deployment", DEPLOYMENT["metadata"]["name"], "default")
        recording.wait_for(lambda history: not history.objects("Pod"), "the pods to be gone", deadline)


def _complete(history: History) -> bool:
    wanted = DEPLOYMENT["spec"]["replicas"]
    return any(one["status"].get("readyReplicas") == wanted for one in history.objects("Deployment").values())


class _Counting(Recorder):
    received_bytes = 0

    def received(self, kind: str, event: Event) -> None:
        self.received_bytes += event.size
        super().received(kind, event)


def _record(kubeconfig: Path) -> None:
    client = Client(kubeconfig)
    recorder = _Counting(ClusterSource(client))
    recorder.record(KINDS, Deadline.after(SECONDS))
    began = time.process_time()
    print("recording", flush=True)
    sys.stdin.read()
    print(json.dumps({"megabytes": recorder.received_bytes / 1e6, "seconds": time.process_time() - began}))
    recorder.stop()
    client.close()


if __name__ == "__main__":
    _record(Path(sys.argv[1]))
