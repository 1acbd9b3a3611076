"""pvc-unused-condition: a claim says whether a pod uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, pod_names, users
from ...objects.pods import finished
from ...objects.readiness import condition
from ...objects.service_states import LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def differs(claim: Object, pods: Mapping[str, Object]) -> str:
    """What the claim says wrongly; empty if it is right. A pod that has finished does not use it any more."""
    using, told = [pod for pod in users(pods.values(), claim) if not finished(pod)], _told(claim)
    if told == ("False" if using else "True"):
        return ""
    return f"its condition Unused is {told}, and {f'{pod_names(using)} uses it' if using else 'nobody uses it'}"


def agrees(history: History, uid: str) -> bool:
    claim = history.objects(CLAIM).get(uid)
    return claim is None or not differs(claim, history.objects("Pod"))


def check_usage(history: History, uid: str) -> Finding:
    """Hold the condition against the pods after every change of either; each difference may last as long as the controller's lag."""
    states = history.states_of("Pod", CLAIM)
    start = next(states)
    claim, pods = start.objects[CLAIM].get(uid), start.objects["Pod"]
    wrong: tuple[datetime, str] | None = None
    told: tuple[str, bool] | None = None  # what the claim says, and whether it is used: by which pods makes no other difference
    breaches, uses, longest = [], [_used(claim, pods)] if claim is not None else [], timedelta()
    for state in states:
        claim = state.objects[CLAIM].get(uid)
        was, told = told, (_told(claim), _used(claim, pods)) if claim is not None else None
        if wrong is not None and told != was:
            longest = max(longest, state.moment - wrong[0])
            if state.moment - wrong[0] > LAG:
                breaches.append(Breach(wrong[1], wrong[0], state.moment))
            wrong = None
        if claim is None:
            continue
        if (used := _used(claim, pods)) != (uses[-1] if uses else None):
            uses.append(used)
        if wrong is None and (text := differs(claim, pods)):
            wrong = state.moment, text
    if wrong is not None and history.ended - wrong[0] > LAG:
        breaches.append(Breach(wrong[1], wrong[0]))
    seen = history.seen(CLAIM)[uid]

    def found(**parts: Any) -> Finding:
        terms = (f"changes of use: {max(0, len(uses) - 1)}",)
        return Finding(CATALOGUE["pvc-unused-condition"], f"{CLAIM} {seen['metadata']['name']}", terms, trigger=history.started, **parts)

    if breaches:
        return found(breaches=tuple(breaches), change=_culprit(seen))
    if len(uses) < 2:
        return found(vacuous="its use did not change, so there was nothing to tell", change="let a user of it come or go in the block")
    return found(evidence={"unused": not uses[-1], "changes": len(uses) - 1, "lag": longest.total_seconds()})


def _culprit(claim: Object) -> str:
    phase = claim.get("status", {}).get("phase", "Pending")
    if phase != "Bound":
        return f"bind the claim: it is {phase}, and Kubernetes keeps this condition of bound claims only"
    return "whether kube-controller-manager works, and who else writes its status; Kubernetes has this condition since 1.37"


def _told(claim: Object) -> str:
    return str(condition(claim, "Unused").get("status", "not there"))


def _used(claim: Object, pods: Mapping[str, Object]) -> bool:
    return any(not finished(pod) for pod in users(pods.values(), claim))
