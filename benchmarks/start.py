"""Start-up: three nodes Ready and a pod Running, over etcd and kube-apiserver alone, in turn."""

from __future__ import annotations

import time

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History

from .cluster import SECONDS, recorded, started
from .figures import line

RUNS = 5
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "first"},
    "spec": {"containers": [{"name": "main", "image": "busybox:1.35.0", "command": ["sleep", "3600"]}]},
}


def measure() -> list[str]:
    whole, alone = [], []
    _api_server()  # the first start reads the program from the disk
    for _ in range(RUNS):
        whole.append(_whole())
        alone.append(_api_server())
    usable, running = zip(*whole, strict=True)
    return [
        "start-up (the same program, the same flags)",
        line("three nodes Ready and a pod Running", running, "s"),
        line("  of which until the cluster is usable", usable, "s"),
        line("etcd and kube-apiserver alone, until ready", alone, "s"),
        line("ratio, pair by pair", [one / other for one, other in zip(running, alone, strict=True)], ""),
    ]


def _whole() -> tuple[float, float]:
    with started("--nodes", "3") as cluster:
        usable = time.monotonic() - cluster.began
        with recorded(cluster.kubeconfig, "Pod") as (client, recording):
            client.create(POD, "default")
            recording.wait_for(_running, "the pod to run", Deadline.after(SECONDS))
            return usable, time.monotonic() - cluster.began


def _running(history: History) -> bool:
    return any(pod.get("status", {}).get("phase") == "Running" for pod in history.objects("Pod").values())


def _api_server() -> float:
    with started("--only-api-server") as cluster:
        return time.monotonic() - cluster.began
