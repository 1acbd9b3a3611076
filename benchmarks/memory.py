"""Memory, as the proportional set size (PSS): what a process holds alone, and its share of what it holds with others."""

from __future__ import annotations

from pathlib import Path

from pytest_kworkload.guarantees.readiness import unready
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History

from .cluster import SECONDS, recorded, started
from .figures import line

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
    workloads = sum(size for name, size in after if name == WORKLOAD)
    pauses = [size for name, size in after if name.startswith("kworkload-proc")]
    small = sum(pauses) + workloads
    return [
        "memory (PSS, MB)",
        line("three nodes, no pod", [_sum(before)], "MB"),
        line(f"three nodes, {PODS} pods", [_sum(after)], "MB"),
        line("  of which processes of pods", [small], "MB"),
        line("a container beside its own process (its pod's process)", [sum(pauses) / PODS], "MB"),
        line("  and with what the components grew", [(_sum(after) - _sum(before) - workloads) / PODS], "MB"),
        "  the largest:",
        *(f"    {name:<24} {size:8.1f} MB" for name, size in sorted(after, key=lambda one: -one[1])[:8]),
    ]


def _complete(history: History) -> bool:
    deployments = history.objects("Deployment").values()
    return bool(deployments) and all(unready(one) is None for one in deployments)


def _sum(sizes: list[tuple[str, float]]) -> float:
    return sum(size for _, size in sizes)


def _sizes(root: int) -> list[tuple[str, float]]:
    """Name and size of every process of a tree."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _read(entry / "stat").rpartition(") ")[2].split()
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        found.append((_name(pid), _pss(pid)))
    return found


def _name(pid: int) -> str:
    arguments = _read(Path(f"/proc/{pid}/cmdline")).split("\0")
    program = Path(arguments[0]).name
    return arguments[1] if program == "kworkload-cluster" and len(arguments) > 1 else program


def _pss(pid: int) -> float:
    for row in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if row.startswith("Pss:"):
            return int(row.split()[1]) / 1024
    return 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # it has ended meanwhile
        return ""
