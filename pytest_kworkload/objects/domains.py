"""What a pod can be spread over: the nodes that a constraint counts, as they were when the pod was placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..history.model import History, Object, Version
from .eligibility import repelling, selected_by
from .steps import CACHE_LAG


def domains(history: History, placed: Version, constraint: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The domain of each node that counts for the pod that this version placed: now, then as the scheduler may still have known it."""
    known: list[Mapping[str, Object]] = []
    for state in history.states("Node"):
        if state.version is not None and state.version.revision > placed.revision:
            break
        if placed.received - state.moment > CACHE_LAG:
            known.clear()
        known.append(dict(state.objects))
    return [domain_of(one, placed.object, constraint) for one in reversed(known)]


def domain_of(nodes: Mapping[str, Object], pod: Object, constraint: Mapping[str, Any]) -> Mapping[str, str]:
    """The domain of each of these nodes that counts for a pod, by name; a pod's template will do."""
    key = constraint["topologyKey"]
    return {str(one["metadata"]["name"]): str(one["metadata"]["labels"][key]) for one in nodes.values() if _counts(one, pod, constraint)}


def _counts(node: Object, pod: Object, constraint: Mapping[str, Any]) -> bool:
    """Whether a constraint takes a node into account: one with the label of each constraint, and as its inclusion policies say."""
    hard = (one for one in pod["spec"].get("topologySpreadConstraints") or () if one.get("whenUnsatisfiable") == "DoNotSchedule")
    if not {constraint["topologyKey"], *(one["topologyKey"] for one in hard)} <= (node["metadata"].get("labels") or {}).keys():
        return False
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not selected_by(node, pod):
        return False
    return constraint.get("nodeTaintsPolicy", "Ignore") == "Ignore" or not repelling(node, pod)
