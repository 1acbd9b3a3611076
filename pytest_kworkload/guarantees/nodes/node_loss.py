"""node-down-replacement: what becomes of the pods of a node that is lost, and who comes in their places."""

from __future__ import annotations

from math import inf
from typing import Any

from ...history.model import History, Object
from ...objects.nodes import UNREACHABLE, node_named, taints, unreachable
from ...objects.pods import belonging_to, deletion, finished, ordinal, owners, terminating
from ...objects.readiness import condition, pod_trouble, unready
from ...objects.replicas import wanted_ordinals
from ...objects.revisions import sizes
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice
from .taints import how_long, patience

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
LOST = {"key": UNREACHABLE, "effect": "NoExecute"}


def check_node_loss(history: History, kind: str, uid: str, node: str) -> Finding:
    """The pods that were on the lost node are not Ready, were told to go, and the workload has all its pods elsewhere."""
    obj = history.seen(kind)[uid]
    victims = stranded(history, kind, uid, node)
    ready = _elsewhere(history, kind, uid, node)
    size = len(wanted_ordinals(obj)) if kind == "StatefulSet" else int(obj["spec"].get("replicas", 1))

    def found(**parts: Any) -> Finding:
        size_of = () if kind == "DaemonSet" else (f"replicas {size}",)
        terms = (f"{node} lost", f"{len(victims)} pod{'s' if len(victims) != 1 else ''} on it", *size_of)
        return Finding(CATALOGUE["node-down-replacement"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if not victims:
        return found(vacuous=f"none of its pods was on {node}", change="a node on which a pod of the workload runs")
    if not lost(history, node):
        return found(
            vacuous=f"{node} is not lost: the cluster still hears of it",
            change=f"with kworkload_cluster.node({node!r}).frozen(), or killed() or removed(), around the call",
        )
    breaches: list[Breach] = []
    every, staying = history.objects("Pod"), _staying(history, victims)
    for pod in victims:
        name, now = str(pod["metadata"]["name"]), every.get(str(pod["metadata"]["uid"]))
        if now is not None and condition(now, "Ready").get("status") == "True":
            breaches.append(Breach(f"{name} still counts as Ready on {node}"))
        if pod in staying:
            breaches.append(Breach(f"{name} was not told to go"))
    missing = _missing(history, obj, ready, size)
    if missing:
        lines = tuple(f"{pod['metadata']['name']}  {_state(every.get(str(pod['metadata']['uid'])))}" for pod in victims)
        breaches.append(Breach(missing, lines=lines))
    replacements = sorted(str(pod["metadata"]["name"]) for pod in ready if pod["metadata"]["uid"] not in history.before("Pod"))
    if not breaches and not replacements and size < sizes(history, kind, uid)[0]:
        return found(vacuous="the replicas were lowered, so no pod had to come", change="leave spec.replicas as it is meanwhile")
    advice = _why(history, kind, uid, node, victims) if breaches else Advice()
    return found(
        breaches=tuple(breaches),
        **advice._asdict(),
        trigger=history.started,
        evidence={
            "lost": tuple(sorted(str(pod["metadata"]["name"]) for pod in victims)),
            "replacements": tuple(replacements),
            "seconds": (history.ended - history.started).total_seconds(),
        },
    )


def stranded(history: History, kind: str, uid: str, node: str) -> list[Object]:
    """The pods of the workload that were on the node when the window began."""
    mine = belonging_to(history, kind, uid)
    found = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and pod["spec"].get("nodeName") == node]
    return sorted(found, key=lambda pod: str(pod["metadata"]["name"]))


def lost(history: History, node: str) -> bool:
    """Whether the cluster has given the node up: it is out of reach, out of service, or its object is gone."""
    return _gone(history, node) or unreachable(node_named(history, node))


def replaced(history: History, kind: str, uid: str, node: str) -> bool:
    return lost(history, node) and not check_node_loss(history, kind, uid, node).breaches


def stuck(history: History, kind: str, uid: str, node: str, seconds: float) -> str | None:
    """Why no pod will come in the next so many seconds; None as long as one may."""
    there = _staying(history, stranded(history, kind, uid, node))
    if _gone(history, node):
        return None  # the garbage collector asks for no toleration
    longest = max((patience(pod, LOST) for pod in there), default=0)
    if longest > seconds:
        return f"its pods stay {how_long(longest)}"
    if (
        kind == "StatefulSet"
        and not there
        and lost(history, node)
        and OUT_OF_SERVICE not in taints(node_named(history, node) or {"spec": {}})
    ):
        return "a replica is not replaced before its node has told that it has ended"
    return None


def _staying(history: History, pods: list[Object]) -> list[Object]:
    """Those of the pods that nobody has told to go."""
    return [pod for pod in pods if not terminating(pod) and deletion(history, str(pod["metadata"]["uid"])) is None]


def _gone(history: History, node: str) -> bool:
    return node_named(history, node) is None


def _elsewhere(history: History, kind: str, uid: str, node: str) -> list[Object]:
    """The Ready pods of the workload on other nodes, at the window's end."""
    mine = belonging_to(history, kind, uid)
    every = [pod for pod in history.objects("Pod").values() if mine(pod) and unready(pod) is None and not finished(pod)]
    return [pod for pod in every if pod["spec"].get("nodeName") != node]


def _missing(history: History, obj: Object, ready: list[Object], size: int) -> str:
    if obj["kind"] == "DaemonSet":
        return "its pods were not replaced elsewhere"
    if obj["kind"] == "StatefulSet":
        absent = sorted(set(wanted_ordinals(obj)) - {ordinal(pod) for pod in ready})
        names = ", ".join(f"{obj['metadata']['name']}-{n}" for n in absent)
        return f"no Ready {names} elsewhere" if absent else ""
    return f"{len(ready)} of {size} Ready elsewhere" if len(ready) < size else ""


def _why(history: History, kind: str, uid: str, node: str, victims: list[Object]) -> Advice:
    longest = max(patience(pod, LOST) for pod in victims)
    if kind == "DaemonSet":
        return Advice(
            "a DaemonSet's pods tolerate a lost node without a limit, and belong to their node",
            "kind: a Deployment or a StatefulSet, if the pods are to move",
        )
    if _staying(history, victims) and not _gone(history, node):
        return Advice(
            f"its pods tolerate a lost node {how_long(longest)}",
            "spec.template.spec.tolerations: one for node.kubernetes.io/unreachable with fewer tolerationSeconds"
            " (now {}), or a longer timeout".format("none" if longest == inf else f"{longest:g}"),
        )
    if kind == "StatefulSet" and not _gone(history, node) and OUT_OF_SERVICE not in taints(node_named(history, node) or {"spec": {}}):
        return Advice(
            "the name of a replica is given again only when its node has told that the old pod has ended",
            f"the node, once it is known to be down: node.tainted({OUT_OF_SERVICE!r}, effect='NoExecute'), or delete its Node object",
        )
    return last_warning(history, {uid, *owners(history, kind, uid), *_newcomers(history, kind, uid)})


def _newcomers(history: History, kind: str, uid: str) -> set[str]:
    mine = belonging_to(history, kind, uid)
    return {one for one, pod in history.objects("Pod").items() if mine(pod) and one not in history.before("Pod")}


def _state(pod: Object | None) -> str:
    return "gone" if pod is None else pod_trouble(pod) if unready(pod) is not None else "Ready"
