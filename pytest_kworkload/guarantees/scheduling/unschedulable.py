"""sched-unschedulable: a pod that no node can take."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import names_its_node


def scheduler_answered(history: History, uid: str) -> bool:
    """Whether the scheduler has placed the pod, or has said why it does not."""
    pod = history.seen("Pod")[uid]
    return bool(_node(pod)) or condition(pod, "PodScheduled").get("status") == "False"


def check_unschedulable(history: History, uid: str, reason: str, settle: float) -> Finding:
    """No version of the pod has a node, and the scheduler's last answer contains the reason."""
    pod = history.seen("Pod")[uid]
    terms = (f"because of {reason!r}", f"watched for {settle:g} s")
    judging = Judging.of(CATALOGUE["sched-unschedulable"], pod, *terms, trigger=history.started, look=("Node",))
    if uid not in history.objects("Pod"):
        return judging.vacuous("it was deleted", do="leave the pod in place")
    scheduled = condition(pod, "PodScheduled")
    node, status = _node(pod), scheduled.get("status")
    if status != "True" and (past := names_its_node({"spec": pod["spec"]}, "spec")):
        return judging.vacuous(*past)
    if node:
        placed = next((version.received for version in history.of("Pod") if version.uid == uid and _node(version.object)), None)
        return judging.found([Breach(f"it was placed on {node}", placed)], check=f"what should keep it off {node}: {_requirements(pod)}")
    if status != "False":
        now = pod["spec"].get("schedulerName") or "default-scheduler"
        change = f"spec.schedulerName: a scheduler that is running (now {now})"
        return judging.vacuous("the scheduler has said nothing about it", change, "or give a longer timeout")
    answer = f"{scheduled.get('reason', '')}: {scheduled.get('message', '')}"
    return judging.found(
        [Breach("it waits for another reason", lines=(answer,))] if reason not in answer else (),
        check=f"which reason was meant: the scheduler's answer does not contain {reason!r}",
        evidence={"reason": scheduled.get("reason"), "message": scheduled.get("message", "")},
    )


def _requirements(pod: Object) -> str:
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
