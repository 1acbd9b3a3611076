"""node-cordon: no new pod is placed on a cordoned node."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.eligibility import repelling, selected_by, taint_text, tolerates
from ...objects.nodes import CORDONED
from ...objects.pods import belonging_to
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, Reason
from ..vacuous import names_its_node, nothing_placed

TAINT = {"key": CORDONED, "effect": "NoSchedule"}
TOLERATIONS = "spec.template.spec.tolerations"


def check_cordon(history: History, kind: str, uid: str, node: str) -> Finding:
    """Pods of the workload were placed in the window, and none of them on the cordoned node."""
    workload = history.seen(kind)[uid]
    template = workload["spec"]["template"]
    judging = Judging.of(CATALOGUE["node-cordon"], workload, f"{node} cordoned", look=("Node",))
    before = next((one for one in history.before("Node").values() if one["metadata"]["name"] == node), None)
    versions = [one.object for one in history.of("Node") if one.name == node]
    if before is None or not all(one["spec"].get("unschedulable") for one in (before, *versions)):
        return judging.vacuous(f"{node} was not cordoned all the time", do="put the assertion into `with node.cordoned():`")
    placed = _placed(history, kind, uid)
    here = [pod for pod in placed if pod["spec"]["nodeName"] == node]
    unbound = _unbound(kind, template)
    if here:
        lines = tuple(sorted(str(pod["metadata"]["name"]) for pod in here))
        past = "find what places pods past the cordon: look at spec.template.spec.schedulerName"
        advice = Advice(*unbound) if unbound else Advice(check=past)
        return judging.found([Breach(f"new pods placed on {node}: {len(here)} of {len(placed)}", lines=lines)], *advice)
    if not placed:
        return judging.vacuous(*nothing_placed())
    if not selected_by(before, template):
        return judging.vacuous(f"the template does not admit {node} anyway", f"spec.template.spec.nodeSelector or affinity: admit {node}")
    # Where the cordon binds no pod, it is by chance that none was placed there; where another taint does, the cordon has no say.
    if unbound:
        return judging.vacuous(f"{unbound.why}; the cordon kept no pod away", unbound.change, unbound.do)
    other = next((one for one in repelling(before, template) if one["key"] != CORDONED), None)
    if other is not None:
        why = f"the template does not tolerate {taint_text(other)}, so no pod would be placed on {node} anyway"
        return judging.vacuous(why, f"{TOLERATIONS}: add one for {other['key']}", "or cordon another node")
    return judging.found(evidence={"placed": {str(pod["metadata"]["name"]): str(pod["spec"]["nodeName"]) for pod in placed}})


def _placed(history: History, kind: str, uid: str) -> list[Object]:
    """The pods that got their node in the window."""
    mine = belonging_to(history, kind, uid)
    had = {one for one, pod in history.before("Pod").items() if pod["spec"].get("nodeName")}
    return [pod for one, pod in history.seen("Pod").items() if mine(pod) and one not in had and pod["spec"].get("nodeName")]


def _unbound(kind: str, template: Object) -> Reason | None:
    """Why a cordon does not keep pods of this template away; None if it does."""
    if kind == "DaemonSet":
        return Reason("a DaemonSet's pods are placed on cordoned nodes too", do="use a taint that they do not tolerate: node.tainted(...)")
    if reason := names_its_node(template):
        return reason
    if any(tolerates(one, TAINT) for one in template["spec"].get("tolerations") or ()):
        return Reason(f"the template tolerates {CORDONED}", change=f"{TOLERATIONS}: none for {CORDONED}")
    return None
