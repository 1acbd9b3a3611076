"""ds-one-per-node: eligibility is computed from the Node objects, pods are counted per target node, status is not believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...history.model import History, Object
from ...objects.eligibility import evicted, ineligible
from ...objects.numbers import scaled
from ...objects.pods import controller, finished, revision, target_node, terminating
from ...objects.readiness import pod_trouble, unready
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted

KEEPS_THE_POD = "what keeps the controller from taking the pod away: see its events"
Nodes = Literal["eligible", "all"]


@dataclass(frozen=True, slots=True)
class _Daemon:
    """A pod of the DaemonSet whose containers have not ended for good."""

    name: str
    state: str
    revision: str
    ending: bool

    @property
    def ready(self) -> bool:
        return self.state == "Ready"

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A breach with the field to change, or what to check."""

    breach: Breach
    change: str = ""
    check: str = ""


def check_one_per_node(history: History, kind: str, uid: str, nodes: Nodes = "eligible") -> Finding:
    """Hold the state at the window's end against one Ready pod per node: per eligible one, or per node ("all")."""
    workload = history.objects(kind)[uid]
    every = {str(node["metadata"]["name"]): node for node in history.objects("Node").values()}
    template = workload["spec"]["template"]
    reasons = {name: ineligible(node, template) for name, node in sorted(every.items())}
    eligible = [name for name, reason in reasons.items() if reason is None]
    wanted = list(reasons) if nodes == "all" else eligible
    terms = (
        f"{counted(len(every), 'node')}, {len(eligible)} eligible",
        f"asked for: one pod on {'every' if nodes == 'all' else 'every eligible'} node",
    )
    judging = Judging.of(CATALOGUE["ds-one-per-node"], workload, *terms, look=("Node",))
    if kind != "DaemonSet":
        why = f"a {kind} promises nothing per node; if its pods are spread, that is by chance"
        return judging.vacuous(why, f"kind: DaemonSet (now {kind})")
    if len(wanted) < 2:
        others = "; ".join(f"{name} {reason}" for name, reason in reasons.items() if reason is not None) or "the cluster has no other"
        return judging.vacuous(
            f"nodes in question: {len(wanted)}; with fewer than two, one pod is one per node whatever the controller does ({others})",
            do="have more nodes, pytest.mark.kworkload(nodes=3), or a nodeSelector, affinity and tolerations that admit more of them",
        )
    on = _daemons(history, uid, every)
    wrongs = _wrongs(workload, every, on, {name: reasons[name] for name in wanted})
    return judging.found(
        (one.breach for one in wrongs),
        cause="; ".join(f"{name}: {reasons[name]}" for name in wanted if not on[name] and reasons[name]),
        change="; ".join(dict.fromkeys(one.change for one in wrongs if one.change)),
        check="; ".join(dict.fromkeys(one.check for one in wrongs if one.check)),
        evidence={"nodes": tuple(wanted), "eligible": tuple(eligible), "pods": {name: tuple(map(str, pods)) for name, pods in on.items()}},
    )


def astray(history: History, uid: str) -> list[Breach]:
    """The eligible nodes without one Ready pod at the window's end, and the pods where none belongs."""
    workload = history.objects("DaemonSet")[uid]
    every = {str(node["metadata"]["name"]): node for node in history.objects("Node").values()}
    eligible = sorted(name for name, node in every.items() if ineligible(node, workload["spec"]["template"]) is None)
    wrongs = _wrongs(workload, every, _daemons(history, uid, every), dict.fromkeys(eligible))
    return [one.breach for one in wrongs]


def _wrongs(
    workload: Object, nodes: Mapping[str, Object], on: Mapping[str, Sequence[_Daemon]], wanted: Mapping[str, str | None]
) -> list[_Wrong]:
    """What is wrong where a pod is wanted (with the reason why the node is not eligible), and where none is."""
    found, surge = [], _surges(workload)
    for name, ineligibility in wanted.items():
        what, change, check = _wrong_with(name, on[name], ineligibility, surge)
        if what:
            detail = ", ".join(map(str, on[name])) or ineligibility or "it is eligible, and no pod is there"
            found.append(_Wrong(Breach(what, lines=(f"{name:<10} {detail}",)), change, check))
    for name, pods in on.items():
        reason = evicted(nodes[name], workload["spec"]["template"]) if name in nodes else "no such node"
        staying = [pod for pod in pods if not pod.ending]
        if staying and name not in wanted and reason:
            lines = (f"{name:<10} {', '.join(map(str, staying))}: {reason}",)
            found.append(_Wrong(Breach(f"a pod on {name}, where none belongs", lines=lines), check=KEEPS_THE_POD))
    return found


def _daemons(history: History, uid: str, nodes: Mapping[str, Object]) -> dict[str, list[_Daemon]]:
    """The DaemonSet's pods per target node."""
    on: dict[str, list[_Daemon]] = {name: [] for name in nodes}
    for pod in sorted(history.objects("Pod").values(), key=lambda one: str(one["metadata"]["name"])):
        if controller(pod) == uid and not finished(pod):
            state = "Ready" if unready(pod) is None else pod_trouble(pod)
            daemon = _Daemon(str(pod["metadata"]["name"]), state, revision(pod), terminating(pod))
            on.setdefault(target_node(pod), []).append(daemon)
    return on


def _wrong_with(node: str, pods: Sequence[_Daemon], reason: str | None, surge: bool) -> tuple[str, str, str]:
    """What is wrong on a node that wants a pod, the field to change, and what to check; empty if nothing is wrong."""
    # During an update with maxSurge a node has an old pod and a new one; without, the new one waits until the old one is gone.
    crowd = [pod.revision for pod in pods if not pod.ending] if surge else []
    if len(crowd) > len(set(crowd)) or (not surge and len(pods) > 1):
        return f"{len(pods)} pods on {node}", "", "find what created the second pod: the controller keeps only the oldest"
    if not pods and reason:
        return f"no pod on {node}", _admitting(reason), ""
    if not pods:
        return f"no pod on {node}", "", "what keeps the controller from creating the pod: see its events"
    if not any(pod.ready for pod in pods):
        return f"no Ready pod on {node}", "", "what keeps the pod from being Ready: see its events and its log"
    return "", "", ""


def _surges(daemon_set: Object) -> bool:
    strategy = daemon_set["spec"].get("updateStrategy") or {}
    surge = (strategy.get("rollingUpdate") or {}).get("maxSurge", 0)
    return strategy.get("type", "RollingUpdate") == "RollingUpdate" and scaled(surge, 1, "up") > 0


def _admitting(reason: str) -> str:
    if reason.startswith("taint"):
        return "spec.template.spec.tolerations: add one for the taint"
    if "affinity" in reason:
        return "spec.template.spec.affinity.nodeAffinity: admit the node"
    return "spec.template.spec.nodeSelector: without what leaves the node out"
