"""rs-scale-down-victims: which pods a ReplicaSet takes away first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ...history.model import History, Object
from ...objects.pods import controlled_by, controller, deletion, finished, owners, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = ("Pending", "Unknown", "Running")


@dataclass(frozen=True, order=True)
class Rank:
    """A pod's place in the order, lowest first. What comes after these in Kubernetes (ages, restarts) is not promised exactly."""

    assigned: bool
    phase: int
    ready: bool
    cost: int
    alone: int  # the more pods are on its node, the lower

    def __str__(self) -> str:
        if not self.assigned:
            return "not scheduled"
        state = "Ready" if self.ready else _PHASES[self.phase] if self.phase < 2 else "not Ready"
        together = f"{-self.alone} pod{'s' if self.alone < -1 else ''} on its node"
        return ", ".join([state, f"deletion cost {self.cost}", together])


def check_victims(history: History, kind: str, uid: str, expected: Collection[str]) -> Finding:
    """Of the pods that were active just before the first one began to go, exactly the expected ones went."""
    obj, mine = history.seen(kind)[uid], controlled_by(owners(history, kind, uid))

    def found(**parts: Any) -> Finding:
        asked = sorted(str(history.seen("Pod")[one]["metadata"]["name"]) for one in expected if one in history.seen("Pod"))
        terms = (f"expected to go: {', '.join(asked) or 'none'}",)
        return Finding(CATALOGUE["rs-scale-down-victims"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if kind not in ("ReplicaSet", "Deployment"):
        return found(vacuous=f"a {kind} does not choose: its pods have fixed places", change="kind: ReplicaSet or Deployment")
    then, begun = _before_the_first(history, {one for one, pod in history.seen("Pod").items() if mine(pod)})
    if not begun:
        return found(vacuous="no pod was taken away in the block", change="scale() the workload down in the block")
    there = {one: pod for one, pod in then.items() if mine(pod) and not finished(pod) and not terminating(pod)}
    victims = {one for one in there if one in begun}
    if len(victims) == len(there):
        return found(vacuous="all pods went, so there was nothing to choose", change="scale() to at least 1 in the block")
    ranks, names = _ranks(there), {one: str(pod["metadata"]["name"]) for one, pod in there.items()}
    tied = sorted(
        f"{names[one]} and {names[other]}"
        for one in expected
        for other in there
        if one in there and other not in expected and ranks[one] == ranks[other] and controller(there[one]) == controller(there[other])
    )
    if tied:
        return found(
            vacuous=f"which of {tied[0]} goes is not promised: both are {ranks[next(one for one in expected if one in there)]}",
            change=f"metadata.annotations[{COST}] of the pods: a lower one for those that shall go",
        )
    lines = tuple(
        f"{names[one]}  {'went' if one in victims else 'stayed'}: {ranks[one]}" for one in sorted(there, key=lambda one: ranks[one])
    )
    wrong = sorted(names[one] for one in victims - set(expected))
    spared = sorted(names.get(one, "a pod that was not there") for one in set(expected) - victims)
    what = "; ".join([*([f"{', '.join(wrong)} went"] if wrong else []), *([f"{', '.join(spared)} did not go"] if spared else [])])
    cause, change = _why(ranks, victims) if what else ("", "")
    return found(
        breaches=(Breach(what, min(begun.values()), lines=lines),) if what else (),
        cause=cause,
        change=change,
        trigger=history.started,
        evidence={
            "victims": tuple(sorted(names[one] for one in victims)),
            "kept": tuple(sorted(names[one] for one in there.keys() - victims)),
        },
    )


def _before_the_first(history: History, pods: Collection[str]) -> tuple[Mapping[str, Object], dict[str, Any]]:
    """All pods just before the first of these began to go, and when each of these that did began."""
    begun = {one: version for one in pods if (version := deletion(history, one)) is not None}
    first = min(begun.values(), key=lambda one: one.revision, default=None)
    last = dict(history.before("Pod"))
    for state in history.states("Pod"):
        if state.version is first and first is not None:
            break
        last = dict(state.objects)
    return last, {one: version.received for one, version in begun.items()}


def _ranks(pods: Mapping[str, Object]) -> dict[str, Rank]:
    nodes = Counter(str(pod["spec"].get("nodeName", "")) for pod in pods.values())
    return {one: _rank(pod, nodes[str(pod["spec"].get("nodeName", ""))]) for one, pod in pods.items()}


def _rank(pod: Object, together: int) -> Rank:
    phase = str(pod.get("status", {}).get("phase", "Pending"))
    cost = (pod["metadata"].get("annotations") or {}).get(COST, "0")
    return Rank(
        bool(pod["spec"].get("nodeName")),
        _PHASES.index(phase) if phase in _PHASES else 0,
        condition(pod, "Ready").get("status") == "True",
        int(cost) if cost.lstrip("-").isdecimal() else 0,
        -together,
    )


def _why(ranks: Mapping[str, Rank], victims: Collection[str]) -> tuple[str, str]:
    stayed = [rank for one, rank in ranks.items() if one not in victims]
    change = f"metadata.annotations[{COST}] of the pods: a lower one for those that shall go, while all are Ready"
    if max(ranks[one] for one in victims) <= min(stayed):
        return "the controller took the lowest in its order", change
    return "the controller would have taken others: somebody else deleted pods too", f"what deletes the pods; or {change}"
