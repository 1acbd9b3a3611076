"""pv-node-affinity: a pod is placed where its volumes can be used, and nowhere else."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.claims import CLAIM, claim_names, volume_of
from ...objects.eligibility import repelling, selected_by, selects_node
from ...objects.pods import controlled_by, owners
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import names_its_node
from .advice import placed_in_spite


def check_follows_volumes(history: History, kind: str, uid: str) -> Finding:
    """Each pod that was placed in the window is on a node where the volumes can be used that its claims had before it."""
    workload = history.seen(kind)[uid]
    template = workload["spec"]["template"]
    mine, nodes = controlled_by(owners(history, kind, uid)), {_name(node): node for node in history.seen("Node").values()}
    bound = {_name(claim): volume_of(history, claim) for claim in history.before(CLAIM).values() if claim["spec"].get("volumeName")}
    placed: dict[str, str] = {}
    tied: dict[str, tuple[str, ...]] = {}  # the volumes that cannot be used everywhere, with the nodes where they can
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
                tied[_name(volume)] = usable
            if node not in usable:
                what = f"{version.name} was placed on {node}, where the volume of claim {name} cannot be used"
                usable_on = f"{_name(volume)}  usable on {', '.join(usable) or 'no node'}"
                breaches.append(Breach(what, version.received, lines=(usable_on,)))
    term = f"volumes that cannot be used everywhere: {len(tied)}"
    look = ("PersistentVolumeClaim", "PersistentVolume", "Node")
    judging = Judging.of(CATALOGUE["pv-node-affinity"], workload, term, trigger=history.started, look=look)
    if breaches:
        return judging.found(breaches, *placed_in_spite(template))
    if not placed:
        why = "no pod was placed in the block whose claims were bound before it"
        return judging.vacuous(why, do="delete a pod in the block")
    if reason := names_its_node(template):
        return judging.vacuous(*reason)
    if not tied:
        where = f"on the only node that takes its pods ({min(open_to)})" if len(open_to) == 1 else f"on each of the {len(open_to)} nodes"
        return judging.vacuous(
            f"its volumes can be used {where}, so every place is right",
            do="use a StorageClass whose volumes are tied to one node, and two nodes or more that the template's selector and"
            " tolerations admit",
        )
    return judging.found(evidence={"placed": placed, "usable": tied})


def _choices(pod: Object, nodes: dict[str, Object]) -> set[str]:
    """The nodes that would take the pod, were it not for its volumes."""
    return {name for name, node in nodes.items() if selected_by(node, pod) and not repelling(node, pod)}


def _usable(volume: Object, nodes: dict[str, Object]) -> tuple[str, ...]:
    """The nodes where the volume can be used."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return tuple(sorted(name for name, node in nodes.items() if required is None or selects_node(required, node)))


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
