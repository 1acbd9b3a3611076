"""sched-unschedulable: a pod that no node may take."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def decided(history: History, uid: str) -> bool:
    """Whether the scheduler has said something about the pod."""
    pod = history.seen("Pod")[uid]
    return bool(_node(pod)) or condition(pod, "PodScheduled").get("status") == "False"


def check_unschedulable(history: History, uid: str, reason: str, settle: float) -> Finding:
    """In no version of it the pod has a node, and the scheduler's last word contains the reason."""
    pod = history.seen("Pod")[uid]
    word = condition(pod, "PodScheduled")
    said = f"{word.get('reason', '')}: {word.get('message', '')}"

    def found(**parts: Any) -> Finding:
        terms = (f"because of {reason!r}", f"watched for {settle:g} s")
        return Finding(CATALOGUE["sched-unschedulable"], f"Pod {pod['metadata']['name']}", terms, trigger=history.started, **parts)

    if uid not in history.objects("Pod"):
        return found(vacuous="it was deleted", change="leave it there")
    versions = [version for version in history.of("Pod") if version.uid == uid]
    node = _node(pod)
    if node and word.get("status") != "True":
        return found(vacuous="it names its node itself, so the scheduler was not asked", change=f"spec.nodeName: leave it out (now {node})")
    if node:
        placed = next((version.received for version in versions if _node(version.object)), None)
        return found(breaches=(Breach(f"it was placed on {node}", placed),), change=f"what should keep it from {node}: {_constraints(pod)}")
    if word.get("status") != "False":
        return found(vacuous="the scheduler has said nothing about it", change="spec.schedulerName: one that is there, or a longer timeout")
    if reason not in said:
        return found(breaches=(Breach("it waits for another reason", lines=(said,)),), change="reason, or what the scheduler says")
    return found(evidence={"reason": word.get("reason"), "message": word.get("message", "")})


def _constraints(pod: Object) -> str:
    """What the pod asks for now."""
    spec = pod["spec"]
    asked = [
        f"{resource} {amount}"
        for container in spec["containers"]
        for resource, amount in ((container.get("resources") or {}).get("requests") or {}).items()
    ]
    there = [field for field in ("nodeSelector", "affinity", "topologySpreadConstraints", "schedulingGates") if spec.get(field)]
    return f"its requests ({', '.join(asked) or 'none'}), {', '.join(there) or 'nodeSelector, affinity or schedulingGates (now none)'}"


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")
