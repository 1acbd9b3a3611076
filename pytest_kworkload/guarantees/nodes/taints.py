"""taint-noexecute: who has to leave a node with such a taint, when, and who stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import inf
from typing import Any

from ...history.model import History, Object, Version
from ...objects.eligibility import tolerates
from ...objects.nodes import node_named
from ...objects.pods import belonging_to, deletion, finished, terminating
from ...objects.readiness import condition
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

BY = "DeletionByTaintManager"


def patience(pod: Object, taint: Mapping[str, Any]) -> float:
    """For how many seconds a pod may stay in spite of a taint: 0 if it does not tolerate it, `inf` if without a limit."""
    fitting = next((one for one in pod["spec"].get("tolerations") or () if tolerates(one, taint)), None)
    if fitting is None:
        return 0
    seconds = fitting.get("tolerationSeconds")
    return inf if seconds is None else max(0, int(seconds))


def how_long(patience: float) -> str:
    return "without a limit of time" if patience == inf else f"for {patience:g} s"


def check_taint_evicts(history: History, kind: str, uid: str, node: str, key: str, after: float = 0) -> Finding:
    """Every pod that was on the node when the taint came was told to go `after` seconds later, no sooner, and no other one was."""
    obj = history.seen(kind)[uid]
    there, elsewhere = _pods(history, kind, uid, node)
    came = arrival(history, node, key)
    path = "spec.tolerations" if kind == "Pod" else "spec.template.spec.tolerations"

    def found(**parts: Any) -> Finding:
        terms = (f"{node} tainted {key}:NoExecute", _many(len(there)), f"asked for: told to go {_when(after)}")
        return Finding(CATALOGUE["taint-noexecute"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if not there:
        return found(vacuous=f"none of its pods was on {node} when the block began", change=f"a pod that runs on {node} before the block")
    if came is None:
        return found(
            vacuous=f"{node} did not get the taint in the block", change=f"with node.tainted({key!r}, effect='NoExecute') in the block"
        )
    taint = _taint(came.object, key)
    assert taint is not None
    breaches, cause, change = [], "", ""
    for pod in there:
        name, stays = str(pod["metadata"]["name"]), patience(pod, taint)
        gone = deletion(history, str(pod["metadata"]["uid"]))
        if stays != after:
            breaches.append(Breach(f"{name} tolerates the taint {how_long(stays)}" if stays else f"{name} does not tolerate the taint"))
            change = f"{path}: {_tolerate(key, after)}"
        elif gone is None:
            if _left(history, node, key):
                return found(
                    vacuous="the taint was taken away before the time was over, so that the pods stay", change="leave it for longer"
                )
            breaches.append(Breach(f"{name} was not told to go"))
            cause, change = "", "what keeps kube-controller-manager from evicting: see its log"
        elif (wrong := _wrong(gone, came.received, after)) is not None:
            breaches.append(Breach(wrong, gone.received))
            cause, change = "somebody else took it away", "what else deletes or evicts pods in the block"
    for pod in elsewhere:
        gone = deletion(history, str(pod["metadata"]["uid"]))
        if gone is not None and condition(gone.object, "DisruptionTarget").get("reason") == BY:
            breaches.append(Breach(f"{pod['metadata']['name']} on {pod['spec']['nodeName']} was evicted too", gone.received))
            change = change or f"the taints of {pod['spec']['nodeName']}"
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        trigger=came.received,
        evidence={
            "evicted": tuple(str(pod["metadata"]["name"]) for pod in there),
            "stayed": tuple(str(pod["metadata"]["name"]) for pod in elsewhere),
            "seconds": _longest(history, there, came.received),
        },
    )


def undecided(history: History, kind: str, uid: str, node: str, key: str, after: float) -> list[str]:
    """The pods that still have to be told to go, if nothing has gone wrong yet."""
    came = arrival(history, node, key)
    taint = _taint(came.object, key) if came is not None else None
    if taint is None or _left(history, node, key):
        return []
    there, _ = _pods(history, kind, uid, node)
    if any(patience(pod, taint) != after for pod in there):
        return []
    return [str(pod["metadata"]["name"]) for pod in there if deletion(history, str(pod["metadata"]["uid"])) is None]


def arrival(history: History, node: str, key: str) -> Version | None:
    """The version of the node with which it got the taint in this window."""
    before = next((one for one in history.before("Node").values() if one["metadata"]["name"] == node), None)
    if before is not None and _taint(before, key) is not None:
        return None
    return next((one for one in history.of("Node") if one.name == node and one.type != "DELETED" and _taint(one.object, key)), None)


def _left(history: History, node: str, key: str) -> bool:
    """Whether the node does not have the taint any more."""
    now = node_named(history, node)
    return now is None or _taint(now, key) is None


def _taint(node: Object, key: str) -> Mapping[str, Any] | None:
    return next((one for one in node["spec"].get("taints") or () if one["key"] == key and one["effect"] == "NoExecute"), None)


def _pods(history: History, kind: str, uid: str, node: str) -> tuple[list[Object], list[Object]]:
    """The pods that were at work when the window began, on the node and elsewhere."""
    mine = belonging_to(history, kind, uid)
    every = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    placed = sorted((pod for pod in every if pod["spec"].get("nodeName")), key=lambda pod: str(pod["metadata"]["name"]))
    return [one for one in placed if one["spec"]["nodeName"] == node], [one for one in placed if one["spec"]["nodeName"] != node]


def _wrong(gone: Version, came: datetime, after: float) -> str | None:
    """What is wrong with how a pod began to go."""
    # The taint manager may have heard of the taint before us.
    if gone.received < came + timedelta(seconds=after) - CACHE_LAG:
        return f"{gone.name} was told to go before its {after:g} s were over"
    if condition(gone.object, "DisruptionTarget").get("reason") != BY:
        return f"{gone.name} went, but not because of the taint"
    return None


def _longest(history: History, pods: list[Object], came: datetime) -> float:
    gone = [deletion(history, str(pod["metadata"]["uid"])) for pod in pods]
    return max((max(0.0, (one.received - came).total_seconds()) for one in gone if one is not None), default=0.0)


def _many(pods: int) -> str:
    return f"{pods} pod{'s' if pods != 1 else ''} on it"


def _when(after: float) -> str:
    return f"after {after:g} s" if after else "at once"


def _tolerate(key: str, after: float) -> str:
    if after == 0:
        return f"none for {key}"
    return f"{{key: {key}, operator: Exists, effect: NoExecute, tolerationSeconds: {after:g}}}"
