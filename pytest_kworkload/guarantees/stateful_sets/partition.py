"""sts-partition: replicas below the partition keep their revision, also when they come back; the others get the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...history.model import History, Object
from ...objects.pods import controller, ordinal, revision, terminating
from ...objects.replicas import kept_ordinals, partition_of
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import UPDATE_IN_THE_BLOCK, created_in_the_block


def check_partition(history: History, uid: str, partition: int) -> Finding:
    """Nothing below the partition came at the update revision; everything from it on has that revision at the end."""
    after = history.seen("StatefulSet")[uid]
    own, replicas = partition_of(after), kept_ordinals(history, uid)
    held, free = replicas[:partition], replicas[partition:]
    target = str(after.get("status", {}).get("updateRevision", ""))
    terms = (f"replicas {len(replicas)}", f"asked for: partition {partition}", f"the set's own partition {own}")
    judging = Judging.of(CATALOGUE["sts-partition"], after, *terms, trigger=history.started)
    if reason := created_in_the_block(history, after, "all its pods are of one revision"):
        return judging.vacuous(*reason)
    if not held:
        return judging.vacuous("a partition of 0 holds no replica back", do="ask for a partition of at least 1, with at least 1 replica")
    start = _pods(history.before("Pod"), uid)
    if all(revision(start[n]) == target for n in held if n in start):
        why = "the held replicas have the set's newest revision already, so there is nothing to hold back"
        return judging.vacuous(why, do=UPDATE_IN_THE_BLOCK)
    breaches = [*_updated_below(history, uid, held, target)]
    end = _pods(history.objects("Pod"), uid)
    behind = {n: end.get(n) for n in free if n not in end or revision(end[n]) != target or terminating(end[n])}
    if behind:
        lines = tuple(f"replica {n}  {'not there' if pod is None else f'revision {revision(pod)}'}" for n, pod in behind.items())
        breaches.append(Breach(f"replicas from the partition on without revision {target}: {len(behind)}", lines=lines))
    advice = _advice(after, own, partition)
    if not breaches and strategy_type(after) == "OnDelete":
        return judging.vacuous(f"only luck held them back: {advice.cause}", advice.change)
    return judging.found(
        breaches,
        *advice,
        evidence={
            "held": tuple(str(start[n]["metadata"]["name"]) for n in held if n in start),
            "updated": tuple(str(end[n]["metadata"]["name"]) for n in free if n in end),
            "revision": target,
        },
    )


def _pods(objects: Mapping[str, Object], uid: str) -> dict[int, Object]:
    return {ordinal(pod): pod for pod in objects.values() if controller(pod) == uid}


def _updated_below(history: History, uid: str, held: range, target: str) -> Iterator[Breach]:
    """The replicas below the partition that came at the new revision."""
    for version in history.of("Pod"):
        pod = version.object
        if version.type == "ADDED" and controller(pod) == uid and ordinal(pod) in held and revision(pod) == target:
            yield Breach(f"{version.name} came at the new revision", version.received, lines=(f"{version.name}  revision {target}",))


def _advice(after: Object, own: int, partition: int) -> Advice:
    if strategy_type(after) == "OnDelete":
        return Advice(
            "with updateStrategy OnDelete a pod is updated only when somebody has deleted it",
            "spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )
    if own != partition:
        return Advice(f"the set's own partition is {own}", f"spec.updateStrategy.rollingUpdate.partition: {partition} (now {own})")
    return Advice(check="the pods' events: what keeps them from being available, or what, other than the controller, created them")
