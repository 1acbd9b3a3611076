"""sched-preemption: a pod that fits nowhere makes pods of lower priority go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...history.model import History, Object, Version
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

REASON = "PreemptionByScheduler"


def placed(history: History, uid: str) -> bool:
    pod = history.objects("Pod").get(uid)
    return pod is not None and bool(pod["spec"].get("nodeName"))


def nominated(history: History, uid: str) -> bool:
    """Whether the scheduler has found a place for the pod, where others have to go first; or has placed it."""
    pod = history.objects("Pod").get(uid)
    return placed(history, uid) or bool(pod and pod.get("status", {}).get("nominatedNodeName"))


def check_preempts(history: History, uid: str, victims: int | None) -> Finding:
    """The pod that came in the window was placed, and for it pods of lower priority went, and no more than expected."""
    pod, gone = history.seen("Pod")[uid], sorted(_victims(history), key=_name)
    priority = _priority(pod)

    def found(**parts: Any) -> Finding:
        terms = (f"priority {priority}", f"victims: {', '.join(map(_name, gone)) or 'none'}")
        return Finding(CATALOGUE["sched-preemption"], f"Pod {_name(pod)}", terms, trigger=history.started, **parts)

    if uid in history.before("Pod"):
        return found(vacuous="the pod was there before the block", change="apply it in the block")
    if not placed(history, uid):
        word = condition(pod, "PodScheduled")
        said = f"{word['reason']}: {word.get('message', '')}" if word.get("reason") else "the scheduler said nothing"
        return found(breaches=(Breach("no node took it", lines=(said,)),), change=_stronger(history, pod))
    if not gone:
        return found(vacuous="it found a place without anybody going", change="pods that leave it no room, before the block")
    breaches = [Breach(f"{_name(one)} had to go, with priority {_priority(one)}") for one in gone if _priority(one) >= priority]
    breaches += [Breach(f"{one.name} got no time to end", one.received) for one in _starts(history) if _hasty(one)]
    change = "who else evicts pods" if breaches else ""
    if victims is not None and len(gone) != victims:
        names = tuple(f"{_name(one)}  priority {_priority(one)}" for one in gone)
        breaches.append(Breach(f"{len(gone)} had to go", lines=names))
        change = f"victims={len(gone)}, or what the pods ask for"
    return found(
        breaches=tuple(breaches),
        change=change,
        evidence={"victims": tuple(map(_name, gone)), "node": str(pod["spec"]["nodeName"])},
    )


def _victims(history: History) -> list[Object]:
    return [pod for one, pod in history.seen("Pod").items() if _preempted(pod) and not _preempted(history.before("Pod").get(one, {}))]


def _preempted(pod: Object) -> bool:
    target = condition(pod, "DisruptionTarget")
    return bool(target.get("status") == "True" and target.get("reason") == REASON)


def _starts(history: History) -> Iterator[Version]:
    """The versions with which victims began to go."""
    before = {one for one, pod in history.before("Pod").items() if pod["metadata"].get("deletionTimestamp")}
    for version in history.of("Pod"):
        if version.uid not in before and (version.type == "DELETED" or version.object["metadata"].get("deletionTimestamp")):
            before.add(version.uid)
            if _preempted(version.object):
                yield version


def _hasty(version: Version) -> bool:
    """Whether a victim was taken away at once, although it has a grace period and a node where it runs."""
    pod = version.object
    return bool(pod["spec"].get("terminationGracePeriodSeconds", 30)) and pod["metadata"].get("deletionGracePeriodSeconds") == 0


def _stronger(history: History, pod: Object) -> str:
    spec = pod["spec"]
    if spec.get("preemptionPolicy") == "Never":
        return "preemptionPolicy of its PriorityClass: PreemptLowerPriority (now Never)"
    others = [_priority(one) for one in history.objects("Pod").values() if one["spec"].get("nodeName")]
    if others and _priority(pod) <= min(others):
        return f"spec.priorityClassName: one with a value above {min(others)} (now {spec.get('priorityClassName') or 'none'})"
    return "what it asks for: nobody's going would make room for that"


def _priority(pod: Object) -> int:
    return int(pod["spec"].get("priority") or 0)


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])
