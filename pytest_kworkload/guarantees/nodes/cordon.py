"""node-cordon: no new pod comes to a node that takes none."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.eligibility import repelling, selected_by, taint_text, tolerates
from ...objects.nodes import CORDONED
from ...objects.pods import belonging_to
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

TAINT = {"key": CORDONED, "effect": "NoSchedule"}


def check_cordon(history: History, kind: str, uid: str, node: str) -> Finding:
    """Pods of the workload were placed in the window, and none of them on the cordoned node."""
    obj = history.seen(kind)[uid]
    template = obj["spec"]["template"]

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["node-cordon"], f"{kind} {obj['metadata']['name']}", (f"{node} cordoned",), **parts)

    before = next((one for one in history.before("Node").values() if one["metadata"]["name"] == node), None)
    versions = [one.object for one in history.of("Node") if one.name == node]
    if before is None or not all(one["spec"].get("unschedulable") for one in (before, *versions)):
        return found(vacuous=f"{node} was not cordoned all the time", change="with node.cordoned() around the assertion")
    placed = _placed(history, kind, uid)
    here = [pod for pod in placed if pod["spec"]["nodeName"] == node]
    if here:
        lines = tuple(sorted(str(pod["metadata"]["name"]) for pod in here))
        cause, change = _why(kind, template)
        return found(breaches=(Breach(f"{len(here)} of {len(placed)} new pods came to {node}", lines=lines),), cause=cause, change=change)
    if not placed:
        return found(vacuous="no pod was placed in the block", change="scale up, update, or delete pods in the block")
    if not selected_by(before, template):
        return found(
            vacuous=f"the template does not admit {node} anyway", change="spec.template.spec.nodeSelector or affinity: admit the node"
        )
    # Where the cordon binds nobody, it is luck that no pod came; where another taint does, the cordon has no say.
    cause, change = _why(kind, template)
    if cause:
        return found(vacuous=f"{cause}; the cordon kept no pod away", change=change)
    other = next((taint_text(one) for one in repelling(before, template) if one["key"] != CORDONED), None)
    if other is not None:
        return found(
            vacuous=f"the template does not tolerate {other}, so no pod would come to {node} anyway",
            change="spec.template.spec.tolerations: one for that taint, or another node",
        )
    return found(evidence={"placed": {str(pod["metadata"]["name"]): str(pod["spec"]["nodeName"]) for pod in placed}})


def _placed(history: History, kind: str, uid: str) -> list[Object]:
    """The pods that got their node in the window."""
    mine = belonging_to(history, kind, uid)
    had = {one for one, pod in history.before("Pod").items() if pod["spec"].get("nodeName")}
    return [pod for one, pod in history.seen("Pod").items() if mine(pod) and one not in had and pod["spec"].get("nodeName")]


def _why(kind: str, template: Object) -> tuple[str, str]:
    if kind == "DaemonSet":
        return "the pods of a DaemonSet belong on cordoned nodes too", "a taint that it does not tolerate: node.tainted(...)"
    if template["spec"].get("nodeName"):
        return "the template names the node itself, so the scheduler is not asked", "spec.template.spec.nodeName: leave it out"
    if any(tolerates(one, TAINT) for one in template["spec"].get("tolerations") or ()):
        return f"the template tolerates {CORDONED}", f"spec.template.spec.tolerations: none for {CORDONED}"
    return "", "who else places pods: see spec.template.spec.schedulerName"
