"""node-down-replacement: what becomes of the pods of a lost node, and what replaces them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from ...history.model import History, Object
from ...objects.nodes import UNREACHABLE, node_named, taints, unreachable
from ...objects.pods import belonging_to, deletion, finished, ordinal, owners, terminating
from ...objects.readiness import condition, pod_trouble, unready
from ...objects.replicas import wanted_ordinals
from ...objects.revisions import sizes
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from .taints import how_long, tolerated_seconds

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
LOST = {"key": UNREACHABLE, "effect": "NoExecute"}


def check_node_loss(history: History, kind: str, uid: str, node: str) -> Finding:
    """The pods that were on the lost node are not Ready, are terminating or gone, and the workload has all its pods elsewhere."""
    workload = history.seen(kind)[uid]
    victims = pods_on(history, kind, uid, node)
    ready = _ready_elsewhere(history, kind, uid, node)
    size = len(wanted_ordinals(workload)) if kind == "StatefulSet" else int(workload["spec"].get("replicas", 1))
    judging = Judging.of(
        CATALOGUE["node-down-replacement"],
        workload,
        f"{node} lost",
        f"{counted(len(victims), 'pod')} on it",
        *(() if kind == "DaemonSet" else (f"replicas {size}",)),
        trigger=history.started,
        look=("Node",),
    )
    if not victims:
        return judging.vacuous(f"none of its pods was on {node}", do="take a node on which a pod of the workload runs")
    if not node_lost(history, node):
        return judging.vacuous(
            f"{node} is not lost: the cluster still hears from it",
            do=f"put the call into `with kworkload_cluster.node({node!r}).frozen():`, or killed(), or removed()",
        )
    breaches: list[Breach] = []
    every, staying = history.objects("Pod"), _staying(history, victims)
    for pod in victims:
        name, now = str(pod["metadata"]["name"]), every.get(str(pod["metadata"]["uid"]))
        if now is not None and condition(now, "Ready").get("status") == "True":
            breaches.append(Breach(f"{name} still counts as Ready on {node}"))
        if pod in staying:
            breaches.append(Breach(f"{name} is not terminating"))
    if shortfall := _shortfall(workload, ready, size):
        lines = tuple(f"{pod['metadata']['name']}  {_state(every.get(str(pod['metadata']['uid'])))}" for pod in victims)
        breaches.append(Breach(shortfall, lines=lines))
    replacements = sorted(str(pod["metadata"]["name"]) for pod in ready if pod["metadata"]["uid"] not in history.before("Pod"))
    if not breaches and not replacements and size < sizes(history, kind, uid)[0]:
        return judging.vacuous("spec.replicas was lowered, so no pod had to be replaced", do="leave spec.replicas as it is meanwhile")
    return judging.found(
        breaches,
        *(_advice(history, kind, uid, node, victims) if breaches else ()),
        evidence={
            "lost": tuple(sorted(str(pod["metadata"]["name"]) for pod in victims)),
            "replacements": tuple(replacements),
            "seconds": (history.ended - history.started).total_seconds(),
        },
    )


def pods_on(history: History, kind: str, uid: str, node: str) -> list[Object]:
    """The pods of the workload that were on the node when the window began, by name."""
    mine = belonging_to(history, kind, uid)
    found = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and pod["spec"].get("nodeName") == node]
    return sorted(found, key=lambda pod: str(pod["metadata"]["name"]))


def node_lost(history: History, node: str) -> bool:
    """Whether the cluster has given the node up: it is unreachable, or its object is gone."""
    return _node_gone(history, node) or unreachable(node_named(history, node))


def pods_replaced(history: History, kind: str, uid: str, node: str) -> bool:
    return node_lost(history, node) and not check_node_loss(history, kind, uid, node).breaches


def hopeless(history: History, kind: str, uid: str, node: str, seconds: float) -> str | None:
    """Why no pod will be replaced within `seconds`; None as long as one may be."""
    staying = _staying(history, pods_on(history, kind, uid, node))
    if _node_gone(history, node):
        return None  # the garbage collector asks for no toleration
    longest = _longest_tolerated(staying)
    if longest > seconds:
        return f"its pods tolerate the lost node {how_long(longest)}"
    if kind == "StatefulSet" and not staying and node_lost(history, node) and not _out_of_service(history, node):
        return "a replica is not created again before its node has reported that the old pod has ended"
    return None


def _staying(history: History, pods: Sequence[Object]) -> list[Object]:
    """Those of the pods that are neither terminating nor gone."""
    return [pod for pod in pods if not terminating(pod) and deletion(history, str(pod["metadata"]["uid"])) is None]


def _longest_tolerated(pods: Sequence[Object]) -> float:
    """The longest time, in seconds, that one of the pods tolerates a lost node."""
    return max((tolerated_seconds(pod, LOST) for pod in pods), default=0)


def _node_gone(history: History, node: str) -> bool:
    return node_named(history, node) is None


def _out_of_service(history: History, node: str) -> bool:
    there = node_named(history, node)
    return there is not None and OUT_OF_SERVICE in taints(there)


def _ready_elsewhere(history: History, kind: str, uid: str, node: str) -> list[Object]:
    """The Ready pods of the workload on other nodes, when the window ends."""
    mine = belonging_to(history, kind, uid)
    every = [pod for pod in history.objects("Pod").values() if mine(pod) and unready(pod) is None and not finished(pod)]
    return [pod for pod in every if pod["spec"].get("nodeName") != node]


def _shortfall(workload: Object, ready: Sequence[Object], size: int) -> str:
    """Which of the workload's pods are not Ready on other nodes; empty if all are."""
    if workload["kind"] == "DaemonSet":
        return "its pods were not replaced on other nodes"
    if workload["kind"] == "StatefulSet":
        absent = sorted(set(wanted_ordinals(workload)) - {ordinal(pod) for pod in ready})
        names = ", ".join(f"{workload['metadata']['name']}-{n}" for n in absent)
        return f"no Ready {names} on another node" if absent else ""
    return f"Ready on other nodes: {len(ready)} of {size}" if len(ready) < size else ""


def _advice(history: History, kind: str, uid: str, node: str, victims: Sequence[Object]) -> Advice:
    if kind == "DaemonSet":
        return Advice(
            "a DaemonSet's pods tolerate a lost node without a time limit, and belong to their node",
            "kind: Deployment or StatefulSet (now DaemonSet), if the pods are to move",
        )
    if _staying(history, victims) and not _node_gone(history, node):
        longest = _longest_tolerated(victims)
        limit = "tolerationSeconds (now none)" if longest == inf else f"fewer tolerationSeconds (now {longest:g})"
        return Advice(
            f"its pods tolerate a lost node {how_long(longest)}",
            f"spec.template.spec.tolerations: one for {UNREACHABLE} with {limit}; or a longer timeout",
        )
    if kind == "StatefulSet" and not _node_gone(history, node) and not _out_of_service(history, node):
        return Advice(
            "a replica is created again only when its node has reported that the old pod has ended",
            check=f"whether the node is down; if so, node.tainted({OUT_OF_SERVICE!r}, effect='NoExecute') or delete its Node object",
        )
    return last_warning(history, {uid, *owners(history, kind, uid), *_newcomers(history, kind, uid)})


def _newcomers(history: History, kind: str, uid: str) -> set[str]:
    """The uids of the workload's pods that were created in the window."""
    mine = belonging_to(history, kind, uid)
    return {one for one, pod in history.objects("Pod").items() if mine(pod) and one not in history.before("Pod")}


def _state(pod: Object | None) -> str:
    return "gone" if pod is None else pod_trouble(pod) if unready(pod) is not None else "Ready"
