"""ds-rolling-update and ds-surge: few enough nodes without an available pod, and few enough with a second one, in every state."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ..history.model import History, Object
from .advice import strategy_allows
from .availability import Moment, PodState
from .catalogue import CATALOGUE
from .eligibility import ineligible
from .finding import Breach, Finding
from .numbers import scaled
from .pods import finished, has_readiness_signal, revision, target_node, terminating
from .revisions import reached, updated
from .shortfall import Shortfall
from .steps import Step, steps


def check_daemon_update(
    history: History, uid: str, max_unavailable: int | str | None = None, max_surge: int | str | None = None
) -> Finding:
    """Hold a DaemonSet's update against bounds (numbers, or percentages of the eligible nodes, rounded up)."""
    after = history.seen("DaemonSet")[uid]
    nodes = _eligible(history, uid)
    allowed, how = strategy_allows(after, len(nodes))
    own_surge, raw_surge = surge_of(after, len(nodes))
    bound = allowed if max_unavailable is None else scaled(max_unavailable, len(nodes), "up")
    surge = own_surge if max_surge is None else scaled(max_surge, len(nodes), "up")
    said = "its strategy promises" if max_unavailable is None and max_surge is None else "asked for"
    idle = (after["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"
    promise = (f"{said}: at most {bound} unavailable and {surge} with two pods", f"the strategy allows {how}, maxSurge {raw_surge}")

    def found(**parts: Any) -> Finding:
        terms = (f"{len(nodes)} eligible nodes", *(("updateStrategy OnDelete",) if idle else promise))
        return Finding(CATALOGUE["ds-rolling-update"], f"DaemonSet {after['metadata']['name']}", terms, **parts)

    if uid not in history.before("DaemonSet"):
        return found(vacuous="the block created the DaemonSet: a first rollout replaces no pod", change="apply it before the block")
    trigger = updated(history, "DaemonSet", uid)
    if trigger is None:
        return found(
            vacuous="the block made no new revision: the pod template is what it was, so nothing was rolled out",
            change="change the template in the block (set_image, patch of spec.template, restart)",
        )
    if idle:
        return found(
            vacuous="with updateStrategy OnDelete the controller replaces no pod",
            change="spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )
    if not has_readiness_signal(after["spec"]["template"]):
        return found(
            vacuous="the template has no readiness signal: a pod counts as available as soon as its processes are started",
            change="spec.template.spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    if bound >= len(nodes):
        return found(
            vacuous=f"{bound} unavailable of {len(nodes)} nodes promises nothing; no update could break it",
            change="a smaller max_unavailable; or a cluster with more eligible nodes, pytest.mark.kworkload(nodes=3)",
        )
    every = list(steps(history, after))
    shortfall = Shortfall([one.moment for one in every], [_uncovered(one.moment, nodes) for one in every], len(nodes), bound)
    if len(shortfall.missing[0]) > bound:
        return found(
            vacuous=f"nodes without an available pod when the block began: {len(shortfall.missing[0])}, more than the bound of {bound}",
            change="wait_ready() before the block",
        )
    if not any(one.created for one in every):
        return found(
            vacuous="no pod was created: the update was not carried out", change="what keeps the controller from it: see its events"
        )
    surging = _surging(every)
    crowds = [*_crowds(every, own_surge > 0), *_above(every, surging, surge, len(nodes))]
    began = reached(history, trigger)
    cause, change = shortfall.explained(history, after)
    if crowds and not cause:
        cause, change = _why(surge, own_surge, raw_surge)
    old = every[0].moment.pods
    return found(
        breaches=tuple(sorted((*shortfall.breaches(), *crowds), key=lambda one: one.at or history.started)),
        cause=cause,
        change=change,
        trigger=began,
        chart=shortfall.chart(history, lambda pod: "old" if pod["metadata"]["uid"] in old else "new"),
        evidence={
            "nodes": tuple(nodes),
            "highest_unavailable": shortfall.highest,
            "highest_surge": max(map(len, surging)),
            "bound": bound,
            "surge": surge,
            "states": len(every),
            "seconds": (every[-1].moment.at - began).total_seconds(),
        },
    )


def surge_of(daemon_set: Object, nodes: int) -> tuple[int, int | str]:
    """How many nodes may have a second pod during an update, and the field's value."""
    raw = ((daemon_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}).get("maxSurge", 0)
    return scaled(raw, nodes, "up"), raw


def _eligible(history: History, uid: str) -> list[str]:
    """The nodes that are eligible from the window's start to its end, by the template before the update and by the one after it."""
    names = []
    for objects, where in ((history.before, history.before), (history.objects, history.seen)):
        template = (where("DaemonSet").get(uid) or history.seen("DaemonSet")[uid])["spec"]["template"]
        names.append({str(node["metadata"]["name"]) for node in objects("Node").values() if ineligible(node, template) is None})
    return sorted(set.intersection(*names))


def _by_node(moment: Moment) -> Mapping[str, list[PodState]]:
    """The pods whose processes have not ended for good, by the node that they are meant for."""
    on: dict[str, list[PodState]] = {}
    for pod in moment.pods.values():
        if not finished(pod.object):
            on.setdefault(target_node(pod.object), []).append(pod)
    return on


def _uncovered(moment: Moment, nodes: Collection[str]) -> list[str]:
    covered = {target_node(pod.object) for pod in moment.pods.values() if pod.available}
    return [node for node in nodes if node not in covered]


def _surging(every: Sequence[Step]) -> list[list[str]]:
    """Per step the nodes that have a second pod beside an available one, and wait for it to be available."""
    budgeted: set[str] = set()  # second pods that were created while the first one was available; others are outside the budget
    arrived: set[str] = set()
    result = []
    for step in every:
        on = _by_node(step.moment)
        arrived.update(uid for uid, pod in step.moment.pods.items() if pod.available)
        new = step.created
        if new is not None:
            others = [one for one in on.get(target_node(new.object), []) if one.uid != new.uid]
            if any(one.available and one.uid not in step.doubtful for one in others):
                budgeted.add(new.uid)
        waiting = [node for node, pods in on.items() if any(one.uid in budgeted - arrived and not terminating(one.object) for one in pods)]
        result.append([node for node in waiting if any(one.available for one in on[node])])
    return result


def _above(every: Sequence[Step], surging: Sequence[Sequence[str]], surge: int, places: int) -> Iterator[Breach]:
    for n, nodes in enumerate(surging):
        if len(nodes) > surge and (n == 0 or len(surging[n - 1]) <= surge):
            yield Breach(f"{len(nodes)} of {places} with a second pod: {', '.join(sorted(nodes))}", every[n].moment.at)


def _crowds(every: Sequence[Step], surges: bool) -> Iterator[Breach]:
    """The pods that were created beside one that they must not be beside."""
    for step in every:
        new = step.created
        if new is None:
            continue
        node = target_node(new.object)
        others = [one for one in _by_node(step.moment).get(node, []) if one.uid != new.uid]
        if surges:  # one of each revision, and those that are terminating do not count
            others = [one for one in others if revision(one.object) == revision(new.object) and not terminating(one.object)]
        if others:
            lines = tuple(f"{one.name}  {one.condition}" for one in others)
            yield Breach(f"{new.name} was created on {node} beside another pod", step.moment.at, lines=lines)


def _why(surge: int, own: int, raw: int | str) -> tuple[str, str]:
    if own > surge:
        room = " and maxUnavailable: 1" if surge == 0 else ""
        return (
            f"maxSurge {raw} gives {own} of the nodes a second pod at a time",
            f"spec.updateStrategy.rollingUpdate.maxSurge: {surge} (now {raw}){room}",
        )
    return "the controller should have waited; see who created the pod", "what creates pods of this DaemonSet beside its controller"
