"""sts-ordered-start: each replica is created only when all lower ones are available. From the pod stream alone."""

from __future__ import annotations

from ...history.model import History
from ...objects.pods import ordinal
from ...objects.replicas import by_ordinal, management_policy, wanted_ordinals
from ...objects.steps import steps
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from ..vacuous import no_readiness_signal
from .management import ORDERED_READY, OTHERWISE


def check_ordered_start(history: History, uid: str) -> Finding:
    """At each pod's creation all lower ordinals were available and none of them was terminating."""
    obj = history.seen("StatefulSet")[uid]
    policy, name = management_policy(obj), obj["metadata"]["name"]
    terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"podManagementPolicy {policy}")
    judging = Judging.of(CATALOGUE["sts-ordered-start"], obj, *terms, trigger=history.started)
    order: list[str] = []
    ordered = False  # whether one was created above another
    breaches = []
    for step in steps(history, obj):
        new = step.created
        if new is None:
            continue
        order.append(new.name)
        lower = range(wanted_ordinals(obj).start, ordinal(new.object))
        ordered = ordered or len(lower) > 0
        there = by_ordinal(step.moment)
        late = [n for n in lower if n not in there or there[n].uid not in step.recent]
        if late:
            lines = tuple(f"{name}-{n}  {there[n].condition if n in there else 'not there'}" for n in late)
            breaches.append(Breach(f"{new.name} was created while a lower replica was not available", step.moment.at, lines=lines))
    if not ordered:
        why = f"the block created {counted(len(order), 'replica')}, none above another one; an order needs two"
        return judging.vacuous(why, do="create the set, or scale it up, in the block, with at least 2 replicas")
    if reason := no_readiness_signal(
        obj["spec"]["template"], "the order then only means that processes were started", when="the replica can do its work"
    ):
        return judging.vacuous(*reason)
    advice = _advice(policy)
    if policy == "Parallel" and not breaches:
        return judging.vacuous(f"only luck kept the order: {advice.cause}", advice.change)
    return judging.found(breaches, *advice, evidence={"order": tuple(order)})


def _advice(policy: str) -> Advice:
    if policy == "Parallel":
        return Advice("podManagementPolicy Parallel creates replicas without waiting for one another", ORDERED_READY)
    return Advice(OTHERWISE, check="find what, other than the controller, creates pods of this set")
