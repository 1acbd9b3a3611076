"""Memory, as the proportional set size (PSS)."""

from __future__ import annotations

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.readiness import unready

from .cluster import SECONDS, recorded, started
from .figures import line
from .processes import name, pss, tree

PODS = 10
WORKLOAD = "sleep"
LABELS = {"app": "idle"}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "idle"},
    "spec": {
        "replicas": PODS,
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {"containers": [{"name": "main", "image": "busybox:1.35.0", "command": [WORKLOAD, "3600"]}]},
        },
    },
}


def measure() -> list[str]:
    with started("--nodes", "3") as cluster, recorded(cluster.kubeconfig, "Deployment") as (client, recording):
        before = _sizes(cluster.pid)
        client.create(DEPLOYMENT, "default")
        recording.wait_for(_complete, "the pods to run", Deadline.after(SECONDS))
        after = _sizes(cluster.pid)
    workloads = sum(size for who, size in after if who == WORKLOAD)
    pauses = [size for who, size in after if who.startswith("kworkload-proc")]
    small = sum(pauses) + workloads
    return [
        "memory (PSS, MB)",
        line("three nodes, no pod", [_sum(before)], "MB"),
        line(f"three nodes, {PODS} pods", [_sum(after)], "MB"),
        line("  of which processes of pods", [small], "MB"),
        line("a container beside its own process (its pod's process)", [sum(pauses) / PODS], "MB"),
        line("  and with what the components grew", [(_sum(after) - _sum(before) - workloads) / PODS], "MB"),
        "  the largest:",
        *(f"    {who:<24} {size:8.1f} MB" for who, size in sorted(after, key=lambda one: -one[1])[:8]),
    ]


def _complete(history: History) -> bool:
    deployments = history.objects("Deployment").values()
    return bool(deployments) and all(unready(one) is None for one in deployments)


def _sum(sizes: list[tuple[str, float]]) -> float:
    return sum(size for _, size in sizes)


def _sizes(root: int) -> list[tuple[str, float]]:
    """Name and size of every process of a tree."""
    return [(name(pid), pss(pid)) for pid in tree(root)]
