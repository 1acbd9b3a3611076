"""ds-one-per-node: eligibility is computed from the Node objects, pods are counted per target node, status is not believed."""

from __future__ import annotations

from typing import Literal

from ..history.model import History
from .catalogue import CATALOGUE
from .eligibility import ineligible
from .finding import Breach, Finding
from .pods import controller, target_node
from .readiness import pod_trouble, unready

GUARANTEE = CATALOGUE["ds-one-per-node"]
Nodes = Literal["eligible", "all"]


def check_one_per_node(history: History, kind: str, uid: str, nodes: Nodes = "eligible") -> Finding:
    """Hold the state at the window's end against one Ready pod per node: per eligible one, or per node ("all")."""
    workload = history.objects(kind)[uid]
    subject = f"{kind} {workload['metadata']['name']}"
    every = {str(node["metadata"]["name"]): node for node in history.objects("Node").values()}
    if kind != "DaemonSet":
        return Finding(
            GUARANTEE,
            subject,
            (f"{len(every)} nodes",),
            vacuous=f"a {kind} promises nothing per node; if its pods are spread, that is by chance",
            change="kind: DaemonSet",
        )
    template = workload["spec"]["template"]
    reasons = {name: ineligible(node, template) for name, node in every.items()}
    eligible = sorted(name for name, reason in reasons.items() if reason is None)
    wanted = sorted(every) if nodes == "all" else eligible
    terms = (
        f"{len(every)} nodes, {len(eligible)} eligible",
        f"asked for: one pod on {'every' if nodes == 'all' else 'every eligible'} node",
    )
    left_out = tuple(f"{name:<10} {reason}" for name, reason in sorted(reasons.items()) if reason is not None)
    if len(wanted) < 2:
        why = "; ".join(" ".join(line.split()) for line in left_out) or "the cluster has only one"
        return Finding(
            GUARANTEE,
            subject,
            terms,
            vacuous=f"{len(wanted)} node in question: with fewer than two, one pod is one per node whatever the controller does ({why})",
            change="a cluster with more nodes, pytest.mark.kworkload(nodes=3); or the template's nodeSelector, affinity and tolerations",
        )
    per_node: dict[str, list[str]] = {name: [] for name in every}
    breaches = []
    for pod in sorted(history.objects("Pod").values(), key=lambda one: str(one["metadata"]["name"])):
        if controller(pod) != uid or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        node = target_node(pod)
        state = "Ready" if unready(pod) is None else pod_trouble(pod)
        if state == "terminating":
            continue
        per_node.setdefault(node, []).append(f"{pod['metadata']['name']} ({state})")
    for name in wanted:
        pods = per_node[name]
        ready = [pod for pod in pods if pod.endswith("(Ready)")]
        if len(pods) == len(ready) == 1:
            continue
        what = f"{len(pods)} pods on {name}" if len(pods) > 1 else f"no Ready pod on {name}" if pods else f"no pod on {name}"
        detail = f"{', '.join(pods)}" if pods else reasons[name] or "it is eligible, and nothing was created for it"
        breaches.append(Breach(what, lines=(f"{name:<10} {detail}",)))
    for name, pods in sorted(per_node.items()):
        if pods and name not in wanted and (name not in eligible):
            breaches.append(
                Breach(
                    f"a pod on {name}, where none belongs", lines=(f"{name:<10} {', '.join(pods)}: {reasons.get(name, 'no such node')}",)
                )
            )
    missing = [name for name in wanted if not per_node[name]]
    excluded = [name for name in missing if reasons[name] is not None]
    return Finding(
        GUARANTEE,
        subject,
        terms,
        tuple(breaches),
        cause="; ".join(f"{name}: {reasons[name]}" for name in excluded),
        change=_change([reasons[name] or "" for name in excluded]) if breaches else "",
        evidence={"nodes": tuple(wanted), "eligible": tuple(eligible), "pods": {name: tuple(pods) for name, pods in per_node.items()}},
    )


def _change(reasons: list[str]) -> str:
    parts = []
    if any(one.startswith("taint") for one in reasons):
        parts.append("spec.template.spec.tolerations: add one for the taint")
    if any(one.startswith(("nodeSelector", "spec.nodeName")) for one in reasons):
        parts.append("spec.template.spec.nodeSelector: drop what leaves the node out")
    if any("affinity" in one for one in reasons):
        parts.append("spec.template.spec.affinity.nodeAffinity: admit the node")
    return "; ".join(parts) or "what keeps the pod from being Ready: see its events and its log"
