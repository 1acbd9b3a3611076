"""pv-access-rwop: a claim that one pod has is not given to a second one."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, pod_names, users
from ...objects.pods import finished
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

MODE = "ReadWriteOncePod"


def answered(history: History, uid: str) -> bool:
    """Whether the scheduler has decided about every pod of the window that wants the claim."""
    every = _challengers(history, uid)
    return bool(every) and all(_node(pod) or condition(pod, "PodScheduled").get("status") == "False" for pod in every)


def check_single_user(history: History, uid: str) -> Finding:
    """While the pod that has the claim at the start is there, no other one that wants it gets a node."""
    claim = history.seen(CLAIM)[uid]
    modes = tuple(claim["spec"].get("accessModes") or ())
    holding = [pod for pod in users(history.before("Pod").values(), claim) if _node(pod) and not finished(pod)]
    challengers = _challengers(history, uid)

    def found(**parts: Any) -> Finding:
        terms = (", ".join(modes), f"used by {pod_names(holding)}" if holding else "used by no pod")
        return Finding(CATALOGUE["pv-access-rwop"], f"{CLAIM} {claim['metadata']['name']}", terms, trigger=history.started, **parts)

    if not holding:
        return found(vacuous="no pod had the claim before the block", change="a pod that uses the claim, wait_ready() before the block")
    if not challengers:
        return found(vacuous="no second pod asked for the claim", change="a pod that uses the claim, applied in the block")
    mine = {str(pod["metadata"]["uid"]) for pod in challengers}
    there = {str(pod["metadata"]["uid"]) for pod in holding}
    for version in history.of("Pod"):
        if version.uid in there and (version.type == "DELETED" or finished(version.object)):
            there.discard(version.uid)
        if version.uid in mine and _node(version.object) and there and version.type != "DELETED":
            by_name = _by_name(version.object)
            return found(
                breaches=(
                    Breach(f"pod {version.name} was given to {_node(version.object)} beside {pod_names(holding)}", version.received),
                ),
                cause=f"its access modes are {', '.join(modes)}"
                if MODE not in modes
                else "it was bound past the scheduler"
                if by_name
                else "",
                change="spec.nodeName: leave it out" if by_name and MODE in modes else f"spec.accessModes: [{MODE}]",
            )
    reasons = {str(pod["metadata"]["name"]): str(condition(pod, "PodScheduled").get("message", "")) for pod in challengers}
    if not there:
        return found(vacuous=f"{pod_names(holding)} went away in the block", change="leave it there in the block")
    silent = sorted(name for name, reason in reasons.items() if MODE not in reason)
    if silent:
        lines = tuple(f"{name}  {reasons[name] or 'no word of the scheduler'}" for name in silent)
        return found(
            vacuous="the second pod waits for another reason: " + "; ".join(lines), change="a second pod that only lacks the claim"
        )
    return found(evidence={"refused": tuple(sorted(reasons))})


def _challengers(history: History, uid: str) -> list[Object]:
    """The pods that came in the window and want the claim, in their last versions."""
    early = history.before("Pod")
    return [pod for pod in users(history.seen("Pod").values(), history.seen(CLAIM)[uid]) if pod["metadata"]["uid"] not in early]


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _by_name(pod: Object) -> bool:
    """Whether the pod was made for its node: the scheduler leaves a condition when it has placed one."""
    return condition(pod, "PodScheduled").get("status") != "True"
