"""pv-access-rwop: while one pod uses a claim, no second one is scheduled."""

from __future__ import annotations

from collections.abc import Iterable

from ...history.model import History, Object, Version
from ...objects.claims import CLAIM, pod_names, users
from ...objects.pods import finished
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging

MODE = "ReadWriteOncePod"


def scheduler_has_decided(history: History, uid: str) -> bool:
    """Whether the scheduler has placed or refused every pod of the window that wants the claim."""
    every = _newcomers(history, uid)
    return bool(every) and all(_node(pod) or condition(pod, "PodScheduled").get("status") == "False" for pod in every)


def check_access_mode(history: History, uid: str) -> Finding:
    """While the pod that uses the claim at the start is there, no other one that wants it gets a node."""
    claim = history.seen(CLAIM)[uid]
    modes = ", ".join(claim["spec"].get("accessModes") or ())
    first = [pod for pod in users(history.before("Pod").values(), claim) if _node(pod) and not finished(pod)]
    second = _newcomers(history, uid)
    terms = (modes, f"used by {pod_names(first)}" if first else "used by no pod")
    judging = Judging.of(CATALOGUE["pv-access-rwop"], claim, *terms, trigger=history.started)
    if not first:
        return judging.vacuous("no pod used the claim before the block", do="apply a pod that uses it, and wait_ready(), before the block")
    if not second:
        return judging.vacuous("no second pod asked for the claim", do="apply a second pod that uses it in the block")
    if given := _given_a_node(history, first, second):
        node = _node(given.object)
        breach = Breach(f"pod {given.name} was given to {node} beside {pod_names(first)}", given.received)
        if MODE not in modes:
            return judging.found([breach], cause=f"its access modes are {modes}", change=f"spec.accessModes: [{MODE}] (now [{modes}])")
        if _by_name(given.object):
            change = f"spec.nodeName of pod {given.name}: leave it out (now {node})"
            return judging.found([breach], cause="the pod names its node, so the scheduler was not asked", change=change)
        return judging.found([breach], check="which scheduler placed it: Kubernetes' own keeps a second pod away")
    now = history.objects("Pod")
    if not any(uid in now and not finished(now[uid]) for uid in _uids(first)):
        return judging.vacuous(f"{pod_names(first)} went away in the block", do="leave it there in the block")
    reasons = {str(pod["metadata"]["name"]): str(condition(pod, "PodScheduled").get("message", "")) for pod in second}
    if others := [f"{name}: {reason or 'the scheduler says nothing'}" for name, reason in sorted(reasons.items()) if MODE not in reason]:
        return judging.vacuous(f"the second pod waits for another reason: {'; '.join(others)}", do="let it lack nothing but the claim")
    return judging.found(evidence={"refused": tuple(sorted(reasons))})


def _given_a_node(history: History, first: Iterable[Object], second: Iterable[Object]) -> Version | None:
    """The first version in which a second pod has a node while a first one is there and at work."""
    working, wanting = _uids(first), _uids(second)
    for version in history.of("Pod"):
        if version.uid in working and (version.type == "DELETED" or finished(version.object)):
            working.discard(version.uid)
        if version.uid in wanting and _node(version.object) and working and version.type != "DELETED":
            return version
    return None


def _newcomers(history: History, uid: str) -> list[Object]:
    """The pods that came in the window and want the claim, in their last versions."""
    early = history.before("Pod")
    return [pod for pod in users(history.seen("Pod").values(), history.seen(CLAIM)[uid]) if pod["metadata"]["uid"] not in early]


def _uids(pods: Iterable[Object]) -> set[str]:
    return {str(pod["metadata"]["uid"]) for pod in pods}


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _by_name(pod: Object) -> bool:
    """Whether the pod was made for its node: the scheduler leaves a condition when it has placed one."""
    return condition(pod, "PodScheduled").get("status") != "True"
