"""ds-rolling-update: how many nodes are without an available pod, and how many have a second one, in every state of an update."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from ...history.model import History, Object, Version
from ...objects.availability import Moment, PodState
from ...objects.eligibility import ineligible
from ...objects.numbers import scaled
from ...objects.pods import finished, revision, target_node, terminating
from ...objects.revisions import reached, template_change
from ...objects.steps import Step, steps
from ...objects.strategy import strategy_allows, strategy_type
from ..capacity.shortfall import Shortfall
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from ..vacuous import READY_BEFORE, created_in_the_block, no_new_revision, no_readiness_signal, on_delete


def check_daemon_update(
    history: History, uid: str, max_unavailable: int | str | None = None, max_surge: int | str | None = None
) -> Finding:
    """Hold a DaemonSet's update against bounds (numbers, or percentages of the eligible nodes, rounded up)."""
    after = history.seen("DaemonSet")[uid]
    every = list(steps(history, after))
    eligible = _eligible(history, uid, every)
    places = max(map(len, eligible))
    allowed, how = strategy_allows(after, places)
    own_surge, raw_surge = surge_of(after, places)
    bound = allowed if max_unavailable is None else scaled(max_unavailable, places, "up")
    surge = own_surge if max_surge is None else scaled(max_surge, places, "up")
    said = "its strategy promises" if max_unavailable is None and max_surge is None else "asked for"
    promise = (f"{said}: at most {bound} unavailable and {surge} with two pods", f"the strategy allows {how}, maxSurge {raw_surge}")
    terms = (counted(places, "eligible node"), *(("updateStrategy OnDelete",) if strategy_type(after) == "OnDelete" else promise))
    change = template_change(history, "DaemonSet", uid) if uid in history.before("DaemonSet") else None
    began = reached(history, change) if change is not None else history.started
    judging = Judging.of(CATALOGUE["ds-rolling-update"], after, *terms, trigger=began, look=("Node",))
    if reason := created_in_the_block(history, after, "a first rollout replaces no pod"):
        return judging.vacuous(*reason)
    if change is None:
        return judging.vacuous(*no_new_revision())
    if reason := on_delete(after):
        return judging.vacuous(*reason)
    if reason := no_readiness_signal(after["spec"]["template"], "a pod counts as available as soon as its processes are started"):
        return judging.vacuous(*reason)
    if bound >= places:
        why = f"{bound} unavailable of {counted(places, 'node')} promises nothing: no update could break it"
        return judging.vacuous(why, do="ask for a smaller max_unavailable; or have more eligible nodes, pytest.mark.kworkload(nodes=3)")
    shortfall = Shortfall([one.moment for one in every], list(_uncovered(every, eligible)), places, bound)
    if len(shortfall.missing[0]) > bound:
        why = f"nodes without an available pod when the block began: {len(shortfall.missing[0])}, more than the bound of {bound}"
        return judging.vacuous(why, do=READY_BEFORE)
    if not _carried_out(every):
        why = "no node got a pod of another version: the update was not carried out"
        return judging.vacuous(why, do="find out what keeps the controller from it: see its events")
    surging = _surging(every)
    crowds = [*_crowds(every, own_surge > 0), *_above(every, surging, surge, places)]
    advice = shortfall.advice(history, after)
    if crowds and not advice.cause:
        advice = _surge_advice(surge, own_surge, raw_surge)
    old = every[0].moment.pods
    return judging.found(
        sorted((*shortfall.breaches(), *crowds), key=lambda one: one.at or history.started),
        *advice,
        chart=shortfall.chart(history, lambda pod: "old" if pod["metadata"]["uid"] in old else "new"),
        evidence={
            "nodes": tuple(sorted(set().union(*eligible))),
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


def _eligible(history: History, uid: str, every: Sequence[Step]) -> list[set[str]]:
    """Per step the nodes that are eligible then, by the template before the update and by the one after it."""
    last = history.seen("DaemonSet")[uid]
    templates = [one["spec"]["template"] for one in (history.before("DaemonSet").get(uid, last), last)]
    nodes, coming = dict(history.before("Node")), deque(history.of("Node"))
    result: list[set[str]] = []
    for step in every:
        changed = not result
        while coming and _precedes(coming[0], step.moment):
            version, changed = coming.popleft(), True
            nodes[version.uid] = version.object
            if version.type == "DELETED":
                del nodes[version.uid]
        admitted = (one for one in nodes.values() if all(ineligible(one, template) is None for template in templates))
        result.append({str(one["metadata"]["name"]) for one in admitted} if changed else result[-1])
    return result


def _precedes(node: Version, moment: Moment) -> bool:
    """Whether a node had changed by a moment: the store orders the changes of two kinds, the clock those that only time makes."""
    return node.received <= moment.at if moment.version is None else node.revision < moment.version.revision


def _carried_out(every: Sequence[Step]) -> bool:
    """Whether a node got a pod of a version that it had none of: a pod that somebody deletes is replaced by one of its own version."""
    had: dict[str, set[str]] = {}
    for pod in every[0].moment.pods.values():
        had.setdefault(target_node(pod.object), set()).add(revision(pod.object))
    for new in (step.created for step in every if step.created is not None):
        versions = had.setdefault(target_node(new.object), set())
        if versions and revision(new.object) not in versions:
            return True
        versions.add(revision(new.object))
    return False


def _by_node(moment: Moment) -> Mapping[str, list[PodState]]:
    """The pods whose processes have not ended for good, by the node that they are meant for."""
    on: dict[str, list[PodState]] = {}
    for pod in moment.pods.values():
        if not finished(pod.object):
            on.setdefault(target_node(pod.object), []).append(pod)
    return on


def _uncovered(every: Sequence[Step], eligible: Sequence[set[str]]) -> Iterator[list[str]]:
    """Per step the eligible nodes without an available pod. One that became eligible in the window counts from its first pod on."""
    counted = eligible[0]
    for step, nodes in zip(every, eligible, strict=True):
        covered = {target_node(pod.object) for pod in step.moment.pods.values() if pod.available}
        counted = nodes & (counted | covered)
        yield sorted(counted - covered)


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


def _surge_advice(surge: int, own: int, raw: int | str) -> Advice:
    if own > surge:
        room = " and maxUnavailable: 1" if surge == 0 else ""
        return Advice(
            f"maxSurge {raw} gives {own} of the nodes a second pod at a time",
            f"spec.updateStrategy.rollingUpdate.maxSurge: {surge} (now {raw}){room}",
        )
    return Advice(
        "the controller should have waited for the old pod", check="find what, other than the controller, creates pods of this DaemonSet"
    )
