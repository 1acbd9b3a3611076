"""What a node reports about itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..history.model import History, Object

UNREACHABLE = "node.kubernetes.io/unreachable"
# The taints of a node in trouble; Kubernetes' own controllers add and remove them.
OF_TROUBLE = (UNREACHABLE, "node.kubernetes.io/not-ready", "node.kubernetes.io/network-unavailable")
CORDONED = "node.kubernetes.io/unschedulable"


def node_named(history: History, name: str) -> Object | None:
    """The Node object of this name, if it is there."""
    return next((node for node in history.objects("Node").values() if node["metadata"]["name"] == name), None)


def ready(node: Object) -> Mapping[str, Any]:
    """The condition Ready; its status is Unknown as long as there is none."""
    found = (one for one in node.get("status", {}).get("conditions") or () if one["type"] == "Ready")
    return next(found, {"status": "Unknown", "reason": "it has not reported yet"})


def trouble(node: Object | None) -> str | None:
    """Why a node does not take part; None if it does."""
    if node is None:
        return "there is no such node"
    condition = ready(node)
    if condition["status"] != "True":
        return f"Ready is {condition['status']}: {condition.get('reason', '')}"
    marks = [key for key in OF_TROUBLE if key in taints(node)]
    return f"it still has the taint {marks[0]}" if marks else None


def unreachable(node: Object | None) -> bool:
    """Whether the cluster has lost the node: its state is unknown, and its pods are told to go."""
    return node is not None and ready(node)["status"] == "Unknown" and UNREACHABLE in taints(node)


def taints(node: Object) -> list[str]:
    return [str(one["key"]) for one in node["spec"].get("taints") or ()]


def silent(history: History, names: Collection[str]) -> list[str]:
    """Of these nodes, those that have not renewed their lease in this window."""
    heard = {version.name for version in history.of("Lease") if version.namespace == "kube-node-lease"}
    return sorted(set(names) - heard)
