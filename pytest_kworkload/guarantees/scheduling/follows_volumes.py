"""pv-node-affinity: a pod goes where its volumes can be used, and nowhere else."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, claim_names, volume_of
from ...objects.eligibility import repelling, selected_by, selects_node
from ...objects.pods import controlled_by, owners
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_follows(history: History, kind: str, uid: str) -> Finding:
    """Each pod that was placed in the window is on a node where the volumes can be used that its claims had before it."""
    workload = history.seen(kind)[uid]
    mine, nodes = controlled_by(owners(history, kind, uid)), {_name(node): node for node in history.seen("Node").values()}
    bound = {_name(claim): volume_of(history, claim) for claim in history.before(CLAIM).values() if claim["spec"].get("volumeName")}
    placed: dict[str, str] = {}
    choosy: dict[str, tuple[str, ...]] = {}  # the volumes that cannot be used everywhere, with the nodes where they can
    open_to: set[str] = set()  # the nodes that would take a placed pod, were it not for its volumes
    breaches = []
    there = {one for one, pod in history.before("Pod").items() if pod["spec"].get("nodeName")}
    for version in history.of("Pod"):
        pod = version.object
        node = str(pod["spec"].get("nodeName") or "")
        if version.type == "DELETED" or not node or version.uid in there or not mine(pod):
            continue
        there.add(version.uid)
        for name in claim_names(pod).values():
            volume = bound.get(name)
            if volume is None:
                continue
            placed[version.name] = node
            usable, choices = _usable(volume, nodes), _choices(pod, nodes)
            open_to |= choices
            if choices - {*usable}:
                choosy[_name(volume)] = usable
            if node not in usable:
                breaches.append(
                    Breach(
                        f"{version.name} was placed on {node}, where the volume of claim {name} cannot be used",
                        version.received,
                        lines=(f"{_name(volume)}  only on {', '.join(usable) or 'no node'}",),
                    )
                )

    def found(**parts: Any) -> Finding:
        where = (f"volumes that cannot be used everywhere: {len(choosy)}",)
        return Finding(CATALOGUE["pv-node-affinity"], f"{kind} {_name(workload)}", where, trigger=history.started, **parts)

    named = workload["spec"]["template"]["spec"].get("nodeName")
    if breaches:
        change = f"spec.template.spec.nodeName: leave it out (now {named})" if named else "who else places its pods"
        return found(breaches=tuple(breaches), change=change)
    if not placed:
        return found(vacuous="no pod with a claim that had its volume before was placed in the block", change="delete a pod in the block")
    if named:
        return found(
            vacuous="the template names the node itself, so the scheduler is not asked",
            change=f"spec.template.spec.nodeName: leave it out (now {named})",
        )
    if not choosy:
        where = f"on the only node that takes its pods ({min(open_to)})" if len(open_to) == 1 else f"on each of the {len(open_to)} nodes"
        return found(
            vacuous=f"its volumes can be used {where}, so every place is right",
            change="a StorageClass whose volumes are of one node, or two nodes or more that the template's selector and tolerations admit",
        )
    return found(evidence={"placed": placed, "usable": choosy})


def _choices(pod: Object, nodes: dict[str, Object]) -> set[str]:
    return {name for name, node in nodes.items() if selected_by(node, pod) and not repelling(node, pod)}


def _usable(volume: Object, nodes: dict[str, Object]) -> tuple[str, ...]:
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return tuple(sorted(name for name, node in nodes.items() if required is None or selects_node(required, node)))


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
