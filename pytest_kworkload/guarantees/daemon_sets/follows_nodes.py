"""ds-follows-nodes: what a DaemonSet does when nodes come, go, or change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...history.model import History, Object
from ...objects.eligibility import evicted, ineligible
from ...objects.pods import controlled_by, deletion, finished, target_node, terminating
from ...objects.revisions import template_change
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from .one_pod_per_node import KEEPS_THE_POD, astray

# For how long a pod may stay where it must not: a controller on a busy machine may be slow for once, and the garbage collector,
# which looks every 20 s, gives a node that is gone 40 s to come back.
SLOW, COLLECTED = timedelta(seconds=20), timedelta(seconds=80)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a node for the DaemonSet in a window.

    Whether a pod belonged there before and after, whether one had to go at any time, and whether one may stay at the end.
    """

    before: bool
    after: bool
    expelled: bool
    keeps: bool


def check_follows_nodes(history: History, kind: str, uid: str) -> Finding:
    """Nodes that came have their pod, nodes that went have none, and a pod whose node did not change was left alone.

    A node that could keep no pod for a while, and can again, must have lost its pod meanwhile, if the while was long enough to be
    seen; otherwise it is as if the node had not changed.
    """
    obj = history.seen(kind)[uid]
    every = node_changes(history, obj)
    stayed = _overstayed(history, obj, every)
    brief = _too_brief(history, uid, every, stayed)
    had = {target_node(pod) for pod in _pods_before(history, uid)} - {*brief}
    joined = sorted(node for node, one in every.items() if one.after and not one.before)
    left = sorted(node for node, one in every.items() if one.expelled and not one.after and node in had)
    returned = sorted(node for node, one in every.items() if one.before and one.expelled and one.after and node not in brief)
    groups = (("came", joined), ("went", left), ("went and came back", returned))
    terms = (f"{what}: {', '.join(nodes)}" for what, nodes in groups if nodes)
    judging = Judging.of(CATALOGUE["ds-follows-nodes"], obj, *terms, trigger=history.started, look=("Node",))
    if kind != "DaemonSet":
        return judging.vacuous(f"a {kind} promises nothing per node", f"kind: DaemonSet (now {kind})")
    if template_change(history, "DaemonSet", uid) is not None:
        return judging.vacuous("the block changed the template, which replaces pods too", do="leave the template as it is in the block")
    if not (joined or left or returned) and brief:
        why = f"the change was over before a pod was told to go: {', '.join(brief)}"
        return judging.vacuous(why, do="let the change last until the pod is told to go")
    if not (joined or left or returned):
        return judging.vacuous(
            "for this DaemonSet no node came, went or changed in the block",
            do="kworkload_cluster.node_added(), node.tainted(..., effect='NoExecute'), or a label that its nodeSelector asks for",
        )
    wrong, moved = astray(history, uid), list(_needlessly_removed(history, uid, every))
    advice = Advice(check="find what, other than the controller, takes its pods away in the block")
    if stayed:
        advice = Advice(check=KEEPS_THE_POD)
    if wrong:
        advice = last_warning(history, {uid, *_newcomers(history, uid)})
    return judging.found(
        (*wrong, *stayed.values(), *moved),
        *advice,
        evidence={
            "joined": tuple(joined),
            "left": tuple(left),
            "returned": tuple(returned),
            "kept": tuple(_undisturbed(history, uid, every)),
        },
    )


def node_changes(history: History, daemon_set: Object) -> Mapping[str, Change]:
    """Every node that there was in the window, by name."""
    template = daemon_set["spec"]["template"]
    before, after = (
        {str(node["metadata"]["name"]): node for node in objects("Node").values()} for objects in (history.before, history.objects)
    )
    expelled: set[str] = set()
    for name, node in before.items():
        if name not in after or after[name]["metadata"]["uid"] != node["metadata"]["uid"] or evicted(node, template):
            expelled.add(name)
    expelled |= {one.name for one in history.of("Node") if one.type == "DELETED" or evicted(one.object, template)}
    return {
        name: Change(
            name in before and ineligible(before[name], template) is None,
            name in after and ineligible(after[name], template) is None,
            name in expelled,
            name in after and evicted(after[name], template) is None,
        )
        for name in {*before, *after, *expelled}
    }


def _undisturbed(history: History, uid: str, every: Mapping[str, Change]) -> Iterator[str]:
    """The nodes that had a pod and on which it might stay: none of them lost its place, even for a moment."""
    yield from sorted({target_node(pod) for pod in _pods_before(history, uid) if not _change_of(every, pod).expelled})


def _needlessly_removed(history: History, uid: str, every: Mapping[str, Change]) -> Iterator[Breach]:
    """The pods that were told to go although their node did not ask for that."""
    for pod in _pods_before(history, uid):
        gone = deletion(history, str(pod["metadata"]["uid"]))
        if gone is not None and not _change_of(every, pod).expelled:
            yield Breach(
                f"{pod['metadata']['name']} was taken down although nothing had changed for it on {target_node(pod)}", gone.received
            )


def _too_brief(history: History, uid: str, every: Mapping[str, Change], stayed: Mapping[str, Breach]) -> list[str]:
    """The nodes that could keep no pod for too short a time for theirs to be told to go, and can again."""
    kept = {target_node(pod) for pod in _pods_before(history, uid) if deletion(history, str(pod["metadata"]["uid"])) is None}
    return sorted(node for node, one in every.items() if one.expelled and one.keeps and node in kept - {*stayed})


def _overstayed(history: History, daemon_set: Object, every: Mapping[str, Change]) -> dict[str, Breach]:
    """By node the pods that were not told to go while it could keep none. Where it can keep none at the end, `astray` finds them."""
    mine, template = controlled_by({str(daemon_set["metadata"]["uid"])}), daemon_set["spec"]["template"]
    found = {}
    for uid, pod in history.objects("Pod").items():
        node = target_node(pod)
        if not mine(pod) or finished(pod) or terminating(pod) or not (node in every and every[node].expelled and every[node].keeps):
            continue
        came = next((one.received for one in history.of("Pod") if one.uid == uid and one.type == "ADDED"), history.started)
        for since, until, patience in _expulsions(history, node, template):
            if until - max(since, came) > patience:
                what = f"{pod['metadata']['name']} stayed on {node}, which for {(until - since).total_seconds():g} s should have had no pod"
                found[node] = Breach(what, since, until)
    return found


def _expulsions(history: History, name: str, template: Object) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The stretches, over by the end, in which a node was not there, or had to lose its pod; and for how long a pod may stay then."""
    stretch: tuple[datetime, timedelta] | None = None
    for state in history.states("Node"):
        if state.version is not None and state.version.name != name:
            continue
        node = next((one for one in state.objects.values() if one["metadata"]["name"] == name), None)
        patience = COLLECTED if node is None else SLOW if evicted(node, template) else None
        if stretch is not None and patience != stretch[1]:
            yield stretch[0], state.moment, stretch[1]
            stretch = None
        if stretch is None and patience is not None:
            stretch = (state.moment, patience)


def _pods_before(history: History, uid: str) -> list[Object]:
    """The pods that there were when the window began."""
    mine = controlled_by({uid})
    found = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    return sorted(found, key=lambda pod: str(pod["metadata"]["name"]))


def _change_of(every: Mapping[str, Change], pod: Object) -> Change:
    return every.get(target_node(pod), Change(False, False, expelled=True, keeps=False))


def _newcomers(history: History, uid: str) -> set[str]:
    mine = controlled_by({uid})
    return {one for one, pod in history.objects("Pod").items() if mine(pod) and one not in history.before("Pod")}
