"""rs-scale-down-victims: scaling down takes away the least useful pods first, then those that are cheapest to delete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, controller, deletion, finished, owners, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted

COST = "controller.kubernetes.io/pod-deletion-cost"
_CHEAPER = f"metadata.annotations[{COST}] of the pods: a lower one for those that are to go"
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
        return ", ".join([state, f"deletion cost {self.cost}", f"{counted(-self.alone, 'pod')} on its node"])


def check_scale_down_victims(history: History, kind: str, uid: str, expected: Collection[str]) -> Finding:
    """Of the pods that were active just before the first one began to go, exactly the expected ones (by uid) went."""
    obj, mine, pods = history.seen(kind)[uid], controlled_by(owners(history, kind, uid)), history.seen("Pod")
    asked = sorted(str(pods[one]["metadata"]["name"]) for one in expected if one in pods)
    terms = (f"expected to go: {', '.join(asked) or 'none'}",)
    judging = Judging.of(CATALOGUE["rs-scale-down-victims"], obj, *terms, trigger=history.started)
    if kind not in ("ReplicaSet", "Deployment"):
        return judging.vacuous(f"a {kind} does not choose: its pods have fixed places", f"kind: ReplicaSet or Deployment (now {kind})")
    begun = {one: version for one in pods if mine(pods[one]) and (version := deletion(history, one)) is not None}
    if not begun:
        return judging.vacuous("no pod was taken away in the block", do="scale() the workload down in the block")
    first = min(begun.values(), key=lambda one: one.revision)
    there = {one: pod for one, pod in _pods_before(history, first).items() if mine(pod) and not finished(pod) and not terminating(pod)}
    victims = {one for one in there if one in begun}
    if len(victims) == len(there):
        return judging.vacuous("all pods went, so there was nothing to choose", do="scale() to at least 1 in the block")
    ranks, names = _ranks(there), {one: str(pod["metadata"]["name"]) for one, pod in there.items()}
    tied = sorted(
        f"{names[one]} and {names[other]}"
        for one in expected
        for other in there
        if one in there and other not in expected and ranks[one] == ranks[other] and controller(there[one]) == controller(there[other])
    )
    if tied:
        return judging.vacuous(
            f"which of {tied[0]} goes is not promised: both are {ranks[next(one for one in expected if one in there)]}", _CHEAPER
        )
    lines = tuple(
        f"{names[one]}  {'went' if one in victims else 'stayed'}: {ranks[one]}" for one in sorted(there, key=lambda one: ranks[one])
    )
    wrong = sorted(names[one] for one in victims - set(expected))
    spared = sorted(names.get(one, "a pod that was not there") for one in set(expected) - victims)
    what = "; ".join([*([f"{', '.join(wrong)} went"] if wrong else []), *([f"{', '.join(spared)} did not go"] if spared else [])])
    return judging.found(
        [Breach(what, min(one.received for one in begun.values()), lines=lines)] if what else (),
        *_advice(ranks, victims),
        evidence={
            "victims": tuple(sorted(names[one] for one in victims)),
            "kept": tuple(sorted(names[one] for one in there.keys() - victims)),
        },
    )


def _pods_before(history: History, version: Version) -> Mapping[str, Object]:
    """All pods just before a version of one of them."""
    last = dict(history.before("Pod"))
    for state in history.states("Pod"):
        if state.version is version:
            break
        last = dict(state.objects)
    return last


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


def _advice(ranks: Mapping[str, Rank], victims: Collection[str]) -> Advice:
    stayed = [rank for one, rank in ranks.items() if one not in victims]
    if victims and max(ranks[one] for one in victims) <= min(stayed):
        return Advice("the controller took the lowest in its order", f"{_CHEAPER}, while all are Ready")
    return Advice(
        "the controller would have taken others: something else deleted pods too",
        check="find what, other than the controller, deletes pods of this workload",
    )
