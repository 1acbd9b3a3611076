"""sts-rolling-update: from the highest ordinal down, with no more replicas unavailable than the strategy (or the user) bears."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ...history.model import History, Version
from ...objects.availability import FINISHED, TERMINATING
from ...objects.numbers import scaled
from ...objects.pods import has_readiness_signal, ordinal, revision
from ...objects.replicas import by_ordinal, kept_ordinals, management_policy, partition_of, unavailable_ordinals
from ...objects.revisions import reached
from ...objects.steps import Step, steps
from ...objects.strategy import strategy_allows, strategy_type
from ..capacity.shortfall import Shortfall
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice


def check_ordered_update(history: History, uid: str, max_unavailable: int | str | None = None) -> Finding:
    """Hold a StatefulSet's update against `max_unavailable` (number, or percentage of the replicas, rounded down but at least 1)."""
    after = history.seen("StatefulSet")[uid]
    replicas = kept_ordinals(history, uid)
    allowed, how = strategy_allows(after, len(replicas))
    bound = allowed if max_unavailable is None else _asked(max_unavailable, len(replicas))
    said = "its strategy promises" if max_unavailable is None else "asked for"
    idle = strategy_type(after) == "OnDelete"
    promise = ("updateStrategy OnDelete",) if idle else (f"{said}: at most {bound} unavailable", f"the strategy allows {how}")
    name = str(after["metadata"]["name"])

    def found(**parts: Any) -> Finding:
        terms = (f"replicas {len(replicas)}", *promise)
        return Finding(CATALOGUE["sts-rolling-update"], f"StatefulSet {name}", terms, **parts)

    trigger = _trigger(history, uid)
    if uid not in history.before("StatefulSet"):
        return found(vacuous="the block created the set: a first rollout replaces no pod", change="apply it before the block")
    if trigger is None:
        return found(
            vacuous="the block changed neither the pod template nor the update strategy, so nothing was rolled out",
            change="change the template in the block (set_image, patch of spec.template, restart), or lower the partition",
        )
    if idle:
        return found(
            vacuous="with updateStrategy OnDelete the controller replaces no pod",
            change="spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )
    if not has_readiness_signal(after["spec"]["template"]):
        return found(
            vacuous="the template has no readiness signal: a replica counts as available as soon as its processes are started",
            change="spec.template.spec.containers[].readinessProbe: add one that answers when the replica can do its work",
        )
    if bound < 1:
        return found(
            vacuous="no update of a StatefulSet keeps all replicas available: a new pod comes only after the old one has gone",
            change="max_unavailable=1, or more",
        )
    if bound >= len(replicas):
        return found(
            vacuous=f"{bound} unavailable of {len(replicas)} replicas promises nothing; no update could break it",
            change=f"spec.replicas: more than {bound} (now {len(replicas)}); or a smaller max_unavailable",
        )
    every = list(steps(history, after))
    shortfall = Shortfall(
        [one.moment for one in every],
        [[f"{name}-{n}" for n in unavailable_ordinals(one.moment, replicas)] for one in every],
        len(replicas),
        bound,
    )
    if len(shortfall.missing[0]) > bound:
        return found(
            vacuous=f"unavailable when the block began: {len(shortfall.missing[0])}, more than the bound of {bound}",
            change="wait_ready() before the block",
        )
    target = str(after.get("status", {}).get("updateRevision", ""))
    old = {one for one, pod in every[0].moment.pods.items() if revision(pod.object) != target and ordinal(pod.object) in replicas}
    taken = [step for step in every if step.leaving is not None and step.leaving.uid in old]
    first = replicas.start + partition_of(after)
    due = sum(step.leaving is not None and ordinal(step.leaving.object) >= first for step in taken)
    if due < 2:
        return found(
            vacuous=f"replicas that were taken down for the update: {due}; an order needs two",
            change="spec.updateStrategy.rollingUpdate.partition: one that lets two replicas be updated; or more spec.replicas",
        )
    unordered = list(_unordered(taken, replicas, first, old, management_policy(after)))
    began = reached(history, trigger)
    advice = shortfall.advice(history, after)
    if unordered and not advice.cause:
        advice = Advice(
            "the controller goes from the highest ordinal down", check="find what, other than the controller, deletes pods of this set"
        )
    return found(
        breaches=tuple(sorted((*shortfall.breaches(), *unordered), key=lambda one: one.at or history.started)),
        **advice._asdict(),
        trigger=began,
        chart=shortfall.chart(history, lambda pod: "old" if pod["metadata"]["uid"] in old else "new"),
        evidence={
            "order": tuple(step.leaving.name for step in taken if step.leaving is not None),
            "highest_unavailable": shortfall.highest,
            "bound": bound,
            "replicas": len(replicas),
            "revision": target,
            "states": len(every),
            "seconds": (every[-1].moment.at - began).total_seconds(),
        },
    )


def _asked(max_unavailable: int | str, replicas: int) -> int:
    return max_unavailable if isinstance(max_unavailable, int) else max(1, scaled(max_unavailable, replicas, "down"))


def _trigger(history: History, uid: str) -> Version | None:
    """The first version of the set that asks for an update: by another template, or by another strategy (a lower partition)."""
    start, *_ = history.versions_of("StatefulSet", uid)
    for version in history.of("StatefulSet"):
        changed = (start["spec"].get(field) != version.object["spec"].get(field) for field in ("template", "updateStrategy"))
        if version.uid == uid and any(changed):
            return version
    return None


def _unordered(taken: Sequence[Step], replicas: range, first: int, old: Collection[str], managed: str) -> Iterator[Breach]:
    """The replicas that were taken down although a higher one, as old and not held back by the partition, was left alone."""
    for step in taken:
        pod, there = step.leaving, by_ordinal(step.moment)
        assert pod is not None
        if managed == "Parallel" and pod.uid in step.doubtful:  # what is unavailable anyway is replaced first
            continue
        higher = [there[n] for n in replicas if n > ordinal(pod.object) and n >= first and n in there]
        left = [one for one in higher if one.uid in old and one.condition not in (TERMINATING, FINISHED)]
        if left:
            lines = tuple(f"{one.name}  {one.condition}, of the older revision" for one in left)
            yield Breach(f"{pod.name} was taken down before a higher replica", step.moment.at, lines=lines)
