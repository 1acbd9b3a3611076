"""sched-preemption: a pod that fits nowhere preempts pods of lower priority."""

from __future__ import annotations

from collections.abc import Iterator

from ...history.model import History, Object, Version
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import there_before_the_block

REASON = "PreemptionByScheduler"


def placed(history: History, uid: str) -> bool:
    pod = history.objects("Pod").get(uid)
    return pod is not None and bool(pod["spec"].get("nodeName"))


def node_found(history: History, uid: str) -> bool:
    """Whether the scheduler has placed the pod, or has nominated a node where victims have to leave first."""
    pod = history.objects("Pod").get(uid)
    return placed(history, uid) or bool(pod and pod.get("status", {}).get("nominatedNodeName"))


def check_preempts(history: History, uid: str, victims: int | None) -> Finding:
    """The pod that was created in the window was placed, and for it pods of lower priority were preempted, as many as expected."""
    pod, preempted = history.seen("Pod")[uid], sorted(_victims(history), key=_name)
    priority = _priority(pod)
    terms = (f"priority {priority}", f"victims: {', '.join(map(_name, preempted)) or 'none'}")
    judging = Judging.of(CATALOGUE["sched-preemption"], pod, *terms, trigger=history.started, look=("PriorityClass",))
    if reason := there_before_the_block(history, pod, "nothing shows whether it preempted others"):
        return judging.vacuous(*reason)
    if not placed(history, uid):
        scheduled = condition(pod, "PodScheduled")
        answer = f"{scheduled['reason']}: {scheduled.get('message', '')}" if scheduled.get("reason") else "the scheduler said nothing"
        return judging.found([Breach("no node took it", lines=(answer,))], *_stronger(history, pod))
    if not preempted:
        return judging.vacuous("it was placed without a victim", do="run pods that leave it no room, before the block")
    breaches = [Breach(f"{_name(one)} was preempted, with priority {_priority(one)}") for one in preempted if _priority(one) >= priority]
    breaches += [Breach(f"{one.name} was given no grace period", one.received) for one in _evictions(history) if _without_grace(one)]
    check = "find what else evicts pods"
    if victims is not None and len(preempted) != victims:
        lines = tuple(f"{_name(one)}  priority {_priority(one)}" for one in preempted)
        breaches.append(Breach(f"pods preempted: {len(preempted)} instead of {victims}", lines=lines))
        check = f"what the pods request; or expect victims={len(preempted)}"
    return judging.found(breaches, check=check, evidence={"victims": tuple(map(_name, preempted)), "node": pod["spec"].get("nodeName", "")})


def _victims(history: History) -> list[Object]:
    """The pods that were preempted in the window."""
    return [pod for one, pod in history.seen("Pod").items() if _preempted(pod) and not _preempted(history.before("Pod").get(one, {}))]


def _preempted(pod: Object) -> bool:
    target = condition(pod, "DisruptionTarget")
    return bool(target.get("status") == "True" and target.get("reason") == REASON)


def _evictions(history: History) -> Iterator[Version]:
    """The versions with which victims began to terminate."""
    before = {one for one, pod in history.before("Pod").items() if pod["metadata"].get("deletionTimestamp")}
    for version in history.of("Pod"):
        if version.uid not in before and (version.type == "DELETED" or version.object["metadata"].get("deletionTimestamp")):
            before.add(version.uid)
            if _preempted(version.object):
                yield version


def _without_grace(version: Version) -> bool:
    """Whether a victim was deleted at once although its spec has a grace period."""
    pod = version.object
    return bool(pod["spec"].get("terminationGracePeriodSeconds", 30)) and pod["metadata"].get("deletionGracePeriodSeconds") == 0


def _stronger(history: History, pod: Object) -> Advice:
    """What would let the pod preempt others."""
    spec = pod["spec"]
    if spec.get("preemptionPolicy") == "Never":
        return Advice(change="preemptionPolicy of its PriorityClass: PreemptLowerPriority (now Never)")
    others = [_priority(one) for one in history.objects("Pod").values() if one["spec"].get("nodeName")]
    if others and _priority(pod) <= min(others):
        now = spec.get("priorityClassName") or "none"
        return Advice(change=f"spec.priorityClassName: one with a value above {min(others)} (now {now})")
    return Advice(check="what it requests: no victim would make room for that")


def _priority(pod: Object) -> int:
    return int(pod["spec"].get("priority") or 0)


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])
