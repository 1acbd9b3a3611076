"""taint-noexecute: which pods have to leave a node with such a taint, when, and which stay."""

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
from ..judging import Judging, counted

EVICTED = "DeletionByTaintManager"


def tolerated_seconds(pod: Object, taint: Mapping[str, Any]) -> float:
    """For how many seconds a pod may stay in spite of a taint: 0 if it does not tolerate it, `inf` if without a limit."""
    fitting = next((one for one in pod["spec"].get("tolerations") or () if tolerates(one, taint)), None)
    if fitting is None:
        return 0
    seconds = fitting.get("tolerationSeconds")
    return inf if seconds is None else max(0, int(seconds))


def how_long(seconds: float) -> str:
    return "without a time limit" if seconds == inf else f"for {seconds:g} s"


def check_taint_evicts(history: History, kind: str, uid: str, node: str, key: str, after: float = 0) -> Finding:
    """Every pod that was on the node when the taint came was evicted `after` seconds later, no sooner, and no other pod was."""
    there, elsewhere = _pods(history, kind, uid, node)
    came = taint_arrival(history, node, key)
    asked = f"asked for: evicted {f'after {after:g} s' if after else 'at once'}"
    judging = Judging.of(
        CATALOGUE["taint-noexecute"],
        history.seen(kind)[uid],
        f"{node} tainted {key}:NoExecute",
        f"{counted(len(there), 'pod')} on it",
        asked,
        trigger=came.received if came is not None else None,
        look=("Node",),
    )
    if not there:
        return judging.vacuous(
            f"none of its pods was on {node} when the block began", do=f"have a pod of it run on {node} before the block"
        )
    taint = _taint(came.object, key) if came is not None else None
    if came is None or taint is None:
        return judging.vacuous(
            f"{node} did not get the taint in the block", do=f"enter node.tainted({key!r}, effect='NoExecute') in the block"
        )
    breaches, change, check = [], "", ""
    for pod in there:
        name, stays = str(pod["metadata"]["name"]), tolerated_seconds(pod, taint)
        end = deletion(history, str(pod["metadata"]["uid"]))
        if stays != after:
            breaches.append(Breach(f"{name} tolerates the taint {how_long(stays)}" if stays else f"{name} does not tolerate the taint"))
            change = f"{'spec' if kind == 'Pod' else 'spec.template.spec'}.tolerations: {_toleration(key, after)}"
        elif end is None:
            if _lost_again(history, node, key):
                return judging.vacuous("the taint was removed before the time was over, so the pods stay", do="leave the taint for longer")
            breaches.append(Breach(f"{name} was not evicted"))
            check = "find what keeps kube-controller-manager from evicting: look at its log"
        elif (wrong := _wrong(end, came.received, after)) is not None:
            breaches.append(Breach(wrong, end.received))
            check = "find what else deletes or evicts pods in the block"
    for pod in elsewhere:
        end = deletion(history, str(pod["metadata"]["uid"]))
        if end is not None and condition(end.object, "DisruptionTarget").get("reason") == EVICTED:
            breaches.append(Breach(f"{pod['metadata']['name']} on {pod['spec']['nodeName']} was evicted too", end.received))
            check = check or f"the taints of {pod['spec']['nodeName']}"
    return judging.found(
        breaches,
        change=change,
        check=check,
        evidence={
            "evicted": tuple(str(pod["metadata"]["name"]) for pod in there),
            "stayed": tuple(str(pod["metadata"]["name"]) for pod in elsewhere),
            "seconds": _longest(history, there, came.received),
        },
    )


def not_yet_evicted(history: History, kind: str, uid: str, node: str, key: str, after: float) -> list[str]:
    """The names of the pods that still have to be evicted, if nothing has gone wrong yet."""
    came = taint_arrival(history, node, key)
    taint = _taint(came.object, key) if came is not None else None
    if taint is None or _lost_again(history, node, key):
        return []
    there, _ = _pods(history, kind, uid, node)
    if any(tolerated_seconds(pod, taint) != after for pod in there):
        return []
    return [str(pod["metadata"]["name"]) for pod in there if deletion(history, str(pod["metadata"]["uid"])) is None]


def taint_arrival(history: History, node: str, key: str) -> Version | None:
    """The version of the node with which it got the taint in this window."""
    before = next((one for one in history.before("Node").values() if one["metadata"]["name"] == node), None)
    if before is not None and _taint(before, key) is not None:
        return None
    return next((one for one in history.of("Node") if one.name == node and one.type != "DELETED" and _taint(one.object, key)), None)


def _lost_again(history: History, node: str, key: str) -> bool:
    """Whether the node does not have the taint when the window ends."""
    now = node_named(history, node)
    return now is None or _taint(now, key) is None


def _taint(node: Object, key: str) -> Mapping[str, Any] | None:
    return next((one for one in node["spec"].get("taints") or () if one["key"] == key and one["effect"] == "NoExecute"), None)


def _pods(history: History, kind: str, uid: str, node: str) -> tuple[list[Object], list[Object]]:
    """The workload's pods that were neither finished nor terminating when the window began: those on the node, those elsewhere."""
    mine = belonging_to(history, kind, uid)
    every = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    placed = sorted((pod for pod in every if pod["spec"].get("nodeName")), key=lambda pod: str(pod["metadata"]["name"]))
    return [one for one in placed if one["spec"]["nodeName"] == node], [one for one in placed if one["spec"]["nodeName"] != node]


def _wrong(end: Version, came: datetime, after: float) -> str | None:
    """What is wrong with how a pod began to terminate."""
    # The taint manager may have heard of the taint before us.
    if end.received < came + timedelta(seconds=after) - CACHE_LAG:
        return f"{end.name} was evicted before its {after:g} s were over"
    if condition(end.object, "DisruptionTarget").get("reason") != EVICTED:
        return f"{end.name} was deleted, but not because of the taint"
    return None


def _longest(history: History, pods: list[Object], came: datetime) -> float:
    """How many seconds after the taint the last of the pods was evicted."""
    ends = [deletion(history, str(pod["metadata"]["uid"])) for pod in pods]
    return max((max(0.0, (one.received - came).total_seconds()) for one in ends if one is not None), default=0.0)


def _toleration(key: str, after: float) -> str:
    if after == 0:
        return f"none for {key}"
    return f"{{key: {key}, operator: Exists, effect: NoExecute, tolerationSeconds: {after:g}}}"
