"""How a StatefulSet scales: sts-ordered-stop, sts-parallel, and sts-halt-unhealthy. From the pod stream alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...history.model import History, Object, Version
from ...objects.availability import PodState
from ...objects.pods import deletion, ordinal, terminating
from ...objects.replicas import asked_ordinals, by_ordinal, management_policy, unavailable_ordinals, wanted_ordinals
from ...objects.steps import Step, steps
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, Reason, counted
from ..vacuous import no_readiness_signal
from .management import ORDERED_READY, OTHERWISE, PARALLEL

SCALE_TO_ZERO = "scale(0) in the block, and delete() the set afterwards"


def _terms(obj: Object) -> tuple[str, ...]:
    return f"replicas {obj['spec'].get('replicas', 1)}", f"podManagementPolicy {management_policy(obj)}"


def check_ordered_stop(history: History, uid: str) -> Finding:
    """Each replica that goes is the highest one, nothing else is terminating then, and all that stay are available."""
    obj, gone = history.seen("StatefulSet")[uid], deletion(history, uid, "StatefulSet")
    judging = Judging.of(CATALOGUE["sts-ordered-stop"], obj, *_terms(obj), trigger=history.started)
    condemned = list(_condemned(history, uid, steps(history, obj), gone))
    if len(condemned) < 2:
        why = f"the block took {counted(len(condemned), 'replica')} away; an order needs two"
        return judging.vacuous(why, do="scale down by at least 2 replicas in the block")
    breaches = tuple(_stopped_too_early(condemned))
    by_controller = [step for step, _ in condemned if gone is None or not _follows(step, gone)]
    advice = Advice(OTHERWISE, check="find what, other than the controller, deletes pods of this set")
    if gone is not None:
        advice = Advice("the set was deleted, and the garbage collector knows no order", check=SCALE_TO_ZERO)
    elif management_policy(obj) == "Parallel":
        advice = Advice("podManagementPolicy Parallel takes replicas away without waiting for one another", ORDERED_READY)
    bound = management_policy(obj) == "OrderedReady" and len(by_controller) > 1
    if not breaches and not bound:
        return judging.vacuous(f"only luck kept the order: {advice.cause}", advice.change, advice.check)
    return judging.found(breaches, *advice, evidence={"order": _names(step.leaving for step, _ in condemned)})


def _condemned(history: History, uid: str, every: Iterable[Step], gone: Version | None = None) -> Iterator[tuple[Step, range]]:
    """The steps with which a replica that was no longer asked for began to go, and the ordinals that were.

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
    judging = Judging.of(CATALOGUE["sts-parallel"], obj, *_terms(obj), trigger=history.started)
    every = list(steps(history, obj))
    created = [step for step in every if step.created is not None]
    removed = [step for step, _ in _condemned(history, uid, every)]
    if max(len(created), len(removed)) < 2:
        why = f"the block created {counted(len(created), 'replica')} and took {len(removed)} away, so there was none to wait for"
        return judging.vacuous(why, do="create the set, or scale it by at least 2 replicas, in the block")
    if len(created) > 1 and (
        reason := no_readiness_signal(
            obj["spec"]["template"],
            "it cannot be seen whether a replica waited for the ones below",
            when="the replica can do its work",
        )
    ):
        return judging.vacuous(*reason)
    breaches = []
    if len(created) > 1 and not any(_overtakes(step, wanted_ordinals(obj)) for step in created):
        breaches.append(Breach("each replica was created only when all lower ones were available", created[-1].moment.at))
    if len(removed) > 1 and not any(_together(step) for step in removed):
        breaches.append(Breach("each replica was taken away only when no other was terminating", removed[-1].moment.at))
    advice = Advice(change="spec.template.spec.containers[].readinessProbe: one that takes longer, so that waiting can be seen")
    if management_policy(obj) == "OrderedReady":
        advice = Advice("podManagementPolicy OrderedReady (the default) takes one replica at a time", PARALLEL)
    evidence = {"created": _names(step.created for step in created), "removed": _names(step.leaving for step in removed)}
    return judging.found(breaches, *advice, evidence=evidence)


def _names(pods: Iterable[PodState | None]) -> tuple[str, ...]:
    return tuple(pod.name for pod in pods if pod is not None)


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
    judging = Judging.of(CATALOGUE["sts-halt-unhealthy"], obj, *terms, trigger=history.started)
    if reason := no_need_to_halt(history, uid, unhealthy):
        return judging.vacuous(*reason)
    healed = next((n for n, step in enumerate(every) if unhealthy not in step.moment.pods or step.moment.pods[unhealthy].available), None)
    breaches = list(_went_on(every[:healed], unhealthy))
    if not breaches and healed is None:
        why = f"{name} did not become available again, so it cannot be seen that the set goes on"
        return judging.vacuous(why, do=f"pass as heal= what makes {name} ready again")
    if not breaches and sorted(by_ordinal(every[-1].moment)) != list(wanted_ordinals(obj)):
        breaches.append(Breach(f"{len(every[-1].moment.pods)} of {sizes[-1]} replicas at the end, although {name} was healthy again"))
    advice = Advice(check="find what, other than the controller, creates or deletes pods of this set")
    if management_policy(obj) == "Parallel":
        advice = Advice("podManagementPolicy Parallel does not wait for an unhealthy replica", ORDERED_READY)
        if not breaches:
            return judging.vacuous(f"only luck made it halt: {advice.cause}", advice.change)
    return judging.found(
        breaches,
        *advice,
        evidence={
            "unhealthy": name,
            "replicas": sizes[-1],
            "seconds": ((every[healed] if healed is not None else every[-1]).moment.at - history.started).total_seconds(),
        },
    )


def no_need_to_halt(history: History, uid: str, unhealthy: str) -> Reason | None:
    """Why the set need not halt, and what to do in the test; None if it has to."""
    pod = next(steps(history, history.seen("StatefulSet")[uid])).moment.pods.get(unhealthy)
    asked_for = [wanted_ordinals(one) for one in history.versions_of("StatefulSet", uid)]
    if pod is None:
        return Reason("the pod is none of the set's, so the set has nothing to wait for", do="pass a pod of this set: pods()[...]")
    if pod.available:
        return Reason(f"{pod.name} was available, so there was nothing to wait for", do="make its readiness fail before")
    if len(asked_for[0]) == len(asked_for[-1]):
        why = f"the set had {counted(len(asked_for[0]), 'replica')} already, so it did not scale"
        return Reason(why, do="ask for another number of replicas than it has")
    if ordinal(pod.object) not in asked_for[-1]:
        why = f"{pod.name} is among those that go, and the set waits for those that stay"
        return Reason(why, do=f"ask for a number of replicas that keeps {pod.name}")
    return None


def _went_on(halted: Sequence[Step], unhealthy: str) -> Iterator[Breach]:
    for step in halted:
        for pod, what in ((step.created, "created"), (step.leaving, "taken away")):
            if pod is not None and pod.uid != unhealthy:
                state = step.moment.pods[unhealthy]
                yield Breach(f"{pod.name} was {what} all the same", step.moment.at, lines=(f"{state.name}  {state.condition}",))
