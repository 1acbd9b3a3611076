"""sts-rolling-update: from the highest ordinal down, with no more replicas unavailable than the strategy (or the user) allows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...history.model import History, Version
from ...objects.availability import FINISHED, TERMINATING
from ...objects.numbers import scaled
from ...objects.pods import ordinal, revision
from ...objects.replicas import by_ordinal, kept_ordinals, management_policy, partition_of, unavailable_ordinals
from ...objects.revisions import reached
from ...objects.steps import Step, steps
from ...objects.strategy import strategy_allows, strategy_type
from ..capacity.shortfall import Shortfall
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from ..vacuous import READY_BEFORE, UPDATE_IN_THE_BLOCK, created_in_the_block, no_readiness_signal, on_delete


def check_ordered_update(history: History, uid: str, max_unavailable: int | str | None = None) -> Finding:
    """Hold a StatefulSet's update against `max_unavailable` (number, or percentage of the replicas, rounded down but at least 1)."""
    after = history.seen("StatefulSet")[uid]
    replicas = kept_ordinals(history, uid)
    allowed, how = strategy_allows(after, len(replicas))
    bound = allowed if max_unavailable is None else _asked_bound(max_unavailable, len(replicas))
    said = "its strategy promises" if max_unavailable is None else "asked for"
    waits = strategy_type(after) == "OnDelete"
    promise = ("updateStrategy OnDelete",) if waits else (f"{said}: at most {bound} unavailable", f"the strategy allows {how}")
    name, change = str(after["metadata"]["name"]), _first_change(history, uid)
    began = reached(history, change) if change is not None else history.started
    judging = Judging.of(CATALOGUE["sts-rolling-update"], after, f"replicas {len(replicas)}", *promise, trigger=began)
    if reason := created_in_the_block(history, after, "a first rollout replaces no pod"):
        return judging.vacuous(*reason)
    if change is None:
        why = "the block changed neither the pod template nor the update strategy, so nothing was rolled out"
        return judging.vacuous(why, do=f"{UPDATE_IN_THE_BLOCK}, or lower the partition")
    if reason := on_delete(after):
        return judging.vacuous(*reason)
    if reason := no_readiness_signal(
        after["spec"]["template"],
        "a replica counts as available as soon as its processes are started",
        when="the replica can do its work",
    ):
        return judging.vacuous(*reason)
    if bound < 1:
        why = "no update of a StatefulSet keeps all replicas available: a new pod comes only when the old one has gone"
        return judging.vacuous(why, do="ask for max_unavailable=1, or more")
    if bound >= len(replicas):
        why = f"{bound} unavailable of {counted(len(replicas), 'replica')} promises nothing: no update could break it"
        return judging.vacuous(why, f"spec.replicas: more than {bound} (now {len(replicas)})", "or ask for a smaller max_unavailable")
    every = list(steps(history, after))
    shortfall = Shortfall(
        [one.moment for one in every],
        [[f"{name}-{n}" for n in unavailable_ordinals(one.moment, replicas)] for one in every],
        len(replicas),
        bound,
    )
    if len(shortfall.missing[0]) > bound:
        why = f"unavailable when the block began: {len(shortfall.missing[0])}, more than the bound of {bound}"
        return judging.vacuous(why, do=READY_BEFORE)
    target = str(after.get("status", {}).get("updateRevision", ""))
    old = {one for one, pod in every[0].moment.pods.items() if revision(pod.object) != target and ordinal(pod.object) in replicas}
    taken = [step for step in every if step.leaving is not None and step.leaving.uid in old]
    partition = partition_of(after)
    first = replicas.start + partition
    due = sum(step.leaving is not None and ordinal(step.leaving.object) >= first for step in taken)
    if due < 2:
        why = f"the update took {counted(due, 'replica')} down; an order needs two"
        if partition > len(replicas) - 2:
            return judging.vacuous(why, f"spec.updateStrategy.rollingUpdate.partition: {len(replicas) - 2} or less (now {partition})")
        return judging.vacuous(why, do=f"{UPDATE_IN_THE_BLOCK}, for at least two replicas")
    unordered = list(_unordered(taken, replicas, first, old, management_policy(after)))
    advice = shortfall.advice(history, after)
    if unordered and not advice.cause:
        advice = Advice(
            "the controller goes from the highest ordinal down", check="find what, other than the controller, deletes pods of this set"
        )
    return judging.found(
        sorted((*shortfall.breaches(), *unordered), key=lambda one: one.at or history.started),
        *advice,
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


def _asked_bound(max_unavailable: int | str, replicas: int) -> int:
    return max_unavailable if isinstance(max_unavailable, int) else max(1, scaled(max_unavailable, replicas, "down"))


def _first_change(history: History, uid: str) -> Version | None:
    """The first version of the set that asks for an update: by another template, or by another strategy (a lower partition)."""
    start, *_ = history.versions_of("StatefulSet", uid)
    for version in history.of("StatefulSet"):
        changed = (start["spec"].get(field) != version.object["spec"].get(field) for field in ("template", "updateStrategy"))
        if version.uid == uid and any(changed):
            return version
    return None


def _unordered(taken: Sequence[Step], replicas: range, first: int, old: Collection[str], policy: str) -> Iterator[Breach]:
    """The replicas that were taken down although a higher one, as old and not held back by the partition, was left alone."""
    for step in taken:
        pod, there = step.leaving, by_ordinal(step.moment)
        assert pod is not None
        if policy == "Parallel" and pod.uid in step.doubtful:  # what is unavailable anyway is replaced first
            continue
        higher = [there[n] for n in replicas if n > ordinal(pod.object) and n >= first and n in there]
        left = [one for one in higher if one.uid in old and one.condition not in (TERMINATING, FINISHED)]
        if left:
            lines = tuple(f"{one.name}  {one.condition}, of the older revision" for one in left)
            yield Breach(f"{pod.name} was taken down before a higher replica", step.moment.at, lines=lines)
