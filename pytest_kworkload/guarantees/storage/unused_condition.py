"""pvc-unused-condition: a claim says whether a pod uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ...history.model import History, Object
from ...objects.claims import CLAIM, pod_names, users
from ...objects.pods import finished
from ...objects.readiness import condition
from ...objects.service_states import LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def condition_agrees(history: History, uid: str) -> bool:
    """Whether the condition is right at the window's end."""
    claim = history.objects(CLAIM).get(uid)
    return claim is None or not _disagreement(claim, history.objects("Pod"))


def check_unused_condition(history: History, uid: str) -> Finding:
    """Hold the condition against the pods after every change of either; each difference may last as long as the controller's lag."""
    states = history.states_of("Pod", CLAIM)
    start = next(states)
    claim, pods = start.objects[CLAIM].get(uid), start.objects["Pod"]
    wrong: tuple[datetime, str] | None = None
    now: tuple[str, bool] | None = None  # what the claim says, and whether it is used: by which pods makes no other difference
    breaches, uses, longest = [], [_is_used(claim, pods)] if claim is not None else [], timedelta()
    for state in states:
        claim = state.objects[CLAIM].get(uid)
        before, now = now, (_unused(claim), _is_used(claim, pods)) if claim is not None else None
        if wrong is not None and now != before:
            longest = max(longest, state.moment - wrong[0])
            if state.moment - wrong[0] > LAG:
                breaches.append(Breach(wrong[1], wrong[0], state.moment))
            wrong = None
        if claim is None:
            continue
        if (used := _is_used(claim, pods)) != (uses[-1] if uses else None):
            uses.append(used)
        if wrong is None and (text := _disagreement(claim, pods)):
            wrong = state.moment, text
    if wrong is not None and history.ended - wrong[0] > LAG:
        breaches.append(Breach(wrong[1], wrong[0]))
    last, changes = history.seen(CLAIM)[uid], max(0, len(uses) - 1)
    judging = Judging.of(CATALOGUE["pvc-unused-condition"], last, f"changes of use: {changes}", trigger=history.started)
    if not breaches and not changes:
        return judging.vacuous(
            "its use did not change, so there was nothing to follow", do="let a pod that uses it come or go in the block"
        )
    phase = last.get("status", {}).get("phase", "Pending")
    bound = phase == "Bound"
    return judging.found(
        breaches,
        cause="" if bound else f"the claim is {phase}, and Kubernetes keeps this condition of bound claims only",
        check="whether kube-controller-manager works, and what else writes its status; Kubernetes has this condition since 1.37"
        if bound
        else "why the claim is not bound (assert_claim_bound)",
        evidence={"unused": bool(uses) and not uses[-1], "changes": changes, "lag": longest.total_seconds()},
    )


def _disagreement(claim: Object, pods: Mapping[str, Object]) -> str:
    """What the claim says wrongly; empty if it is right. A pod that has finished does not use it any more."""
    using, unused = [pod for pod in users(pods.values(), claim) if not finished(pod)], _unused(claim)
    if unused == ("False" if using else "True"):
        return ""
    return f"its condition Unused is {unused}, but {f'it is used by {pod_names(using)}' if using else 'no pod uses it'}"


def _unused(claim: Object) -> str:
    """The status of the condition."""
    return str(condition(claim, "Unused").get("status", "missing"))


def _is_used(claim: Object, pods: Mapping[str, Object]) -> bool:
    return any(not finished(pod) for pod in users(pods.values(), claim))
