"""How a StatefulSet scales: sts-ordered-stop, sts-parallel, and sts-halt-unhealthy. From the pod stream alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...history.model import History, Object, Version
from ...objects.availability import PodState
from ...objects.pods import deletion, has_readiness_signal, ordinal, terminating
from ...objects.replicas import asked_ordinals, by_ordinal, management_policy, unavailable_ordinals, wanted_ordinals
from ...objects.steps import Step, steps
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

PARALLEL = "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"
ORDERED = "spec.podManagementPolicy: Parallel (now OrderedReady; it cannot be changed in place)"


def _terms(obj: Object) -> tuple[str, ...]:
    return f"replicas {obj['spec'].get('replicas', 1)}", f"podManagementPolicy {management_policy(obj)}"


def check_ordered_stop(history: History, uid: str) -> Finding:
    """Each replica that goes is the highest one, nothing else is terminating then, and all that stay are available."""
    obj, gone = history.seen("StatefulSet")[uid], deletion(history, uid, "StatefulSet")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-ordered-stop"], f"StatefulSet {obj['metadata']['name']}", _terms(obj), **parts)

    condemned = list(_condemned(history, uid, steps(history, obj), gone))
    if len(condemned) < 2:
        return found(
            vacuous=f"replicas that the block took away: {len(condemned)}; an order needs two",
            change="scale down by at least 2 replicas in the block",
        )
    breaches = tuple(_stopped_too_early(condemned))
    by_controller = [step for step, _ in condemned if gone is None or not _follows(step, gone)]
    bound = management_policy(obj) == "OrderedReady" and len(by_controller) > 1
    cause, change = "the controller should have waited; see who deleted the pod", "what deletes pods of this set beside its controller"
    if gone is not None:
        cause, change = (
            "the set was deleted, and the garbage collector knows no order",
            "scale(0) in the block; delete() the set afterwards",
        )
    elif management_policy(obj) == "Parallel":
        cause, change = "podManagementPolicy Parallel takes replicas away without waiting for one another", PARALLEL
    if not breaches and not bound:
        return found(vacuous=f"nothing but luck kept the order: {cause}", change=change)
    return found(
        breaches=breaches,
        cause=cause if breaches else "",
        change=change if breaches else "",
        trigger=history.started,
        evidence={"order": _names(step.leaving for step, _ in condemned)},
    )


def _condemned(history: History, uid: str, every: Iterable[Step], gone: Version | None = None) -> Iterator[tuple[Step, range]]:
    """The steps with which a replica that was not asked for any more began to go, and the ordinals that were.

    The set asks for none when `gone`, the version with which it began to go itself, was there.
    """
    for step in every:
        if step.leaving is None or step.moment.version is None:
            continue
        stay = range(0) if gone is not None and _follows(step, gone) else asked_ordinals(history, uid, step.moment.version)
        if ordinal(step.leaving.object) not in stay:
            yield step, stay


def _follows(step: Step, version: Version) -> bool:
    return step.moment.version is not None and step.moment.version.revision > version.revision


def _stopped_too_early(condemned: Sequence[tuple[Step, range]]) -> Iterator[Breach]:
    for step, stay in condemned:
        pod = step.leaving
        assert pod is not None
        lines = [f"{one.name}  {one.condition}" for one in _in_the_way(step, pod, stay)]
        lines += [f"replica {n}  not there" for n in stay if n not in by_ordinal(step.moment)]
        if lines:
            yield Breach(f"{pod.name} was taken away too early", step.moment.at, lines=tuple(lines))


def _in_the_way(step: Step, pod: PodState, stay: range) -> Iterator[PodState]:
    """The pods that this one should have waited for."""
    mine = ordinal(pod.object)
    for n, one in sorted(by_ordinal(step.moment).items()):
        if n == mine:
            continue
        unhealthy = one.uid not in step.recent
        # A replica that is unhealthy itself may go only if none below it is.
        waits = unhealthy and (n in stay or (n < mine and pod.uid not in step.recent))
        if waits or terminating(one.object) or (n > mine and n not in stay):
            yield one


def check_parallel(history: History, uid: str) -> Finding:
    """A replica is created, or taken away, while another one is still on its way: none waits."""
    obj = history.seen("StatefulSet")[uid]

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-parallel"], f"StatefulSet {obj['metadata']['name']}", _terms(obj), **parts)

    every = list(steps(history, obj))
    created = [step for step in every if step.created is not None]
    removed = [step for step, _ in _condemned(history, uid, every)]
    if max(len(created), len(removed)) < 2:
        return found(
            vacuous=f"replicas that the block created: {len(created)}, took away: {len(removed)}; there was none to wait for",
            change="create the set, or scale it by at least 2 replicas, in the block",
        )
    if len(created) > 1 and not has_readiness_signal(obj["spec"]["template"]):
        return found(
            vacuous="the template has no readiness signal, so it cannot be seen whether a replica waited for the ones below",
            change="spec.template.spec.containers[].readinessProbe: add one that answers when the replica can do its work",
        )
    breaches = []
    if len(created) > 1 and not any(_overtakes(step, wanted_ordinals(obj)) for step in created):
        breaches.append(Breach("each replica was created only when all lower ones were available", created[-1].moment.at))
    if len(removed) > 1 and not any(_together(step) for step in removed):
        breaches.append(Breach("each replica was taken away only when no other was terminating", removed[-1].moment.at))
    ordered = management_policy(obj) == "OrderedReady"
    return found(
        breaches=tuple(breaches),
        cause="podManagementPolicy OrderedReady (the default) takes one replica at a time" if breaches and ordered else "",
        change=(ORDERED if ordered else "a readiness probe that takes its time, so that waiting can be told from not waiting")
        if breaches
        else "",
        trigger=history.started,
        evidence={"created": _names(step.created for step in created), "removed": _names(step.leaving for step in removed)},
    )


def _names(pods: Iterator[Any]) -> tuple[str, ...]:
    return tuple(pod.name for pod in pods)


def _overtakes(step: Step, stay: range) -> bool:
    """Whether the pod was created while a lower one was not available, by no doubt of the controller's cache."""
    assert step.created is not None
    lower = range(stay.start, ordinal(step.created.object))
    there = by_ordinal(step.moment)
    return any(n not in there or there[n].uid not in step.recent for n in unavailable_ordinals(step.moment, lower))


def _together(step: Step) -> bool:
    assert step.leaving is not None
    return any(uid != step.leaving.uid and terminating(pod.object) for uid, pod in step.moment.pods.items())


def check_halts(history: History, uid: str, unhealthy: str) -> Finding:
    """While one replica is not available no other comes or goes; when it is available again the set goes on to its size."""
    obj = history.seen("StatefulSet")[uid]
    every = list(steps(history, obj))
    start = every[0].moment.pods.get(unhealthy)
    name = start.name if start is not None else "the pod"
    sizes = [len(wanted_ordinals(one)) for one in history.versions_of("StatefulSet", uid)]
    terms = (f"from {sizes[0]} to {sizes[-1]} replicas", f"podManagementPolicy {management_policy(obj)}", f"unhealthy: {name}")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-halt-unhealthy"], f"StatefulSet {obj['metadata']['name']}", terms, **parts)

    idle = pointless(history, uid, unhealthy)
    if idle is not None:
        return found(vacuous=idle[0], change=idle[1])
    healed = next((n for n, step in enumerate(every) if unhealthy not in step.moment.pods or step.moment.pods[unhealthy].available), None)
    breaches = list(_went_on(every[:healed], unhealthy))
    if not breaches and healed is None:
        return found(
            vacuous=f"{name} did not become available again, so it cannot be seen that the set goes on", change="heal=: what heals it"
        )
    if not breaches and sorted(by_ordinal(every[-1].moment)) != list(wanted_ordinals(obj)):
        breaches.append(Breach(f"{len(every[-1].moment.pods)} of {sizes[-1]} replicas at the end, although {name} was healthy again"))
    parallel, cause = management_policy(obj) == "Parallel", "podManagementPolicy Parallel does not wait for an unhealthy replica"
    if not breaches and parallel:
        return found(vacuous=f"nothing but luck made it halt: {cause}", change=PARALLEL)
    return found(
        breaches=tuple(breaches),
        cause=cause if breaches and parallel else "",
        change=(PARALLEL if parallel else "what creates or deletes pods of this set beside its controller") if breaches else "",
        trigger=history.started,
        evidence={
            "unhealthy": name,
            "replicas": sizes[-1],
            "seconds": ((every[healed] if healed is not None else every[-1]).moment.at - history.started).total_seconds(),
        },
    )


def pointless(history: History, uid: str, unhealthy: str) -> tuple[str, str] | None:
    """Why the set need not halt, and what to change; None if it has to."""
    pod = next(steps(history, history.seen("StatefulSet")[uid])).moment.pods.get(unhealthy)
    asked_for = [wanted_ordinals(one) for one in history.versions_of("StatefulSet", uid)]
    if pod is None:
        return "the pod is none of the set's, so it has nothing to wait for", "a pod of this set: pods()[...]"
    if pod.available:
        return f"{pod.name} was available, so there was nothing to wait for", "make its readiness fail before"
    if len(asked_for[0]) == len(asked_for[-1]):
        return f"the set had {len(asked_for[0])} replicas already, so it did not scale", "replicas=: another number than it has"
    if ordinal(pod.object) not in asked_for[-1]:
        return f"{pod.name} is among those that go, and the set waits for those that stay", f"replicas=: a number that keeps {pod.name}"
    return None


def _went_on(halted: Sequence[Step], unhealthy: str) -> Iterator[Breach]:
    for step in halted:
        for pod, what in ((step.created, "created"), (step.leaving, "taken away")):
            if pod is not None and pod.uid != unhealthy:
                state = step.moment.pods[unhealthy]
                yield Breach(f"{pod.name} was {what} all the same", step.moment.at, lines=(f"{state.name}  {state.condition}",))
