"""sts-at-most-one: a replica's successor comes only when the old pod is gone, and its processes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...history.model import History, Object, Version
from ...objects.containers import running_containers
from ...objects.pods import controller, ordinal
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A pod that was created: the others of its ordinal that were still there, and the last one's containers that may still run."""

    version: Version
    others: Sequence[Object]
    may_run: Sequence[str]
    succeeds: bool  # whether another pod of its ordinal was gone by then

    def breaches(self) -> Iterator[Breach]:
        name, at = self.version.name, self.version.received
        if self.others:
            lines = tuple(f"{one['metadata']['name']}  uid {one['metadata']['uid']}" for one in self.others)
            yield Breach(f"{name} was created beside another pod of its ordinal", at, lines=lines)
        if self.may_run:
            lines = tuple(f"container {one}  was running when the pod's object went" for one in self.may_run)
            yield Breach(f"{name} was created although its predecessor's processes may still run", at, lines=lines)


def check_at_most_one(history: History, uid: str) -> Finding:
    """When a pod of an ordinal was created, none was there, and the kubelet had reported the end of the last one's containers."""
    obj = history.seen("StatefulSet")[uid]
    grace = int(obj["spec"]["template"]["spec"].get("terminationGracePeriodSeconds", 30))
    terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"terminationGracePeriodSeconds {grace}")
    judging = Judging.of(CATALOGUE["sts-at-most-one"], obj, *terms, trigger=history.started)
    arrivals = list(_arrivals(history, uid))
    breaches = [breach for one in arrivals for breach in one.breaches()]
    replaced = tuple(one.version.name for one in arrivals if one.succeeds)
    if not breaches and not replaced:
        why = "no replica was replaced in the block, so there was no moment for two"
        return judging.vacuous(why, do="delete a pod, or update the set, in the block")
    return judging.found(breaches, *_advice(grace), evidence={"replaced": replaced})


def _arrivals(history: History, uid: str) -> Iterator[_Arrival]:
    alive = {one: pod for one, pod in history.before("Pod").items() if controller(pod) == uid}
    may_run: dict[int, list[str]] = {}  # of the last pod of an ordinal, when its object went
    went: set[int] = set()
    for version in history.of("Pod"):
        pod = version.object
        if controller(pod) != uid:
            continue
        n = ordinal(pod)
        if version.type == "DELETED":
            alive.pop(version.uid, None)
            went.add(n)
            if running := running_containers(pod):
                may_run[n] = running
            continue
        if version.type == "ADDED":
            others = [one for one in alive.values() if ordinal(one) == n]
            yield _Arrival(version, others, may_run.pop(n, []), n in went)
        alive[version.uid] = pod


def _advice(grace: int) -> Advice:
    if grace == 0:
        return Advice(
            "a grace period of 0 takes the object away without waiting for the node to stop its processes",
            "spec.template.spec.terminationGracePeriodSeconds: 1 or more (now 0)",
        )
    return Advice(
        "somebody deleted the pod by force (a grace period of 0), so that nothing waited for its processes",
        check="the deletion: leave out grace_seconds=0; for a lost node, delete its Node object or taint it"
        " node.kubernetes.io/out-of-service",
    )
