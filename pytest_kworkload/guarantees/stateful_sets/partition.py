"""sts-partition: replicas below the partition keep their revision, also when they come back; the others get the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...history.model import History, Object
from ...objects.pods import controller, ordinal, revision, terminating
from ...objects.replicas import kept_ordinals, partition_of
from ...objects.strategy import strategy_type
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_partition(history: History, uid: str, partition: int) -> Finding:
    """Nothing below the partition came at the update revision; everything from it on has that revision in the end."""
    after = history.seen("StatefulSet")[uid]
    own, replicas = partition_of(after), kept_ordinals(history, uid)
    held, free = replicas[:partition], replicas[partition:]
    terms = (f"replicas {len(replicas)}", f"asked for: partition {partition}", f"the set's own partition {own}")
    target = str(after.get("status", {}).get("updateRevision", ""))

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-partition"], f"StatefulSet {after['metadata']['name']}", terms, **parts)

    if uid not in history.before("StatefulSet"):
        return found(vacuous="the block created the set, so all its pods are of one revision", change="apply it before the block")
    if not held:
        return found(vacuous="a partition of 0 holds no replica back", change="partition=: at least 1, and at least 1 replica")
    start = _pods(history.before("Pod"), uid)
    if all(revision(start[n]) == target for n in held if n in start):
        return found(
            vacuous="the held replicas have the set's newest revision already, so there is nothing to hold back",
            change="change the template in the block (set_image, patch of spec.template, restart)",
        )
    breaches = [*_updated(history, uid, held, target)]
    end = _pods(history.objects("Pod"), uid)
    behind = {n: end.get(n) for n in free if n not in end or revision(end[n]) != target or terminating(end[n])}
    if behind:
        lines = tuple(f"replica {n}  {'not there' if pod is None else f'revision {revision(pod)}'}" for n, pod in behind.items())
        breaches.append(Breach(f"replicas from the partition on without revision {target}: {len(behind)}", lines=lines))
    if not breaches and strategy_type(after) == "OnDelete":
        cause, change = _why(after, own, partition)
        return found(vacuous=f"nothing but luck held them back: {cause}", change=change)
    cause, change = _why(after, own, partition) if breaches else ("", "")
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        trigger=history.started,
        evidence={
            "held": tuple(str(start[n]["metadata"]["name"]) for n in held if n in start),
            "updated": tuple(str(end[n]["metadata"]["name"]) for n in free if n in end),
            "revision": target,
        },
    )


def _pods(objects: Mapping[str, Object], uid: str) -> dict[int, Object]:
    return {ordinal(pod): pod for pod in objects.values() if controller(pod) == uid}


def _updated(history: History, uid: str, held: range, target: str) -> Iterator[Breach]:
    """The replicas below the partition that came at the new revision."""
    for version in history.of("Pod"):
        pod = version.object
        if version.type == "ADDED" and controller(pod) == uid and ordinal(pod) in held and revision(pod) == target:
            yield Breach(f"{version.name} came at the new revision", version.received, lines=(f"{version.name}  revision {target}",))


def _why(after: Object, own: int, partition: int) -> tuple[str, str]:
    if strategy_type(after) == "OnDelete":
        return (
            "with updateStrategy OnDelete a pod is updated only after somebody deleted it",
            "spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )
    if own != partition:
        return f"the set's own partition is {own}", f"spec.updateStrategy.rollingUpdate.partition: {partition} (now {own})"
    return "", "what keeps the pods from being available, or who makes them beside the controller: see their events"
