"""undisturbed: what happens around a workload creates or deletes none of its pods and restarts no container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...history.model import History, Object
from ...objects.availability import Moment, moments
from ...objects.containers import statuses
from ...objects.pods import belonging_to, finished, terminating
from ..capacity import causes
from ..capacity.advice import protection
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from ..vacuous import READY_BEFORE


def check_undisturbed(history: History, kind: str, uid: str, settle: float) -> Finding:
    """No pod was created or deleted, and no container ended or was restarted."""
    mine = belonging_to(history, kind, uid)
    pods = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    terms = (counted(len(pods), "pod"), f"watched for {settle:g} s")
    judging = Judging.of(CATALOGUE["undisturbed"], history.seen(kind)[uid], *terms, trigger=history.started)
    if not pods:
        return judging.vacuous("there was no pod that could be disturbed", do=READY_BEFORE)
    breach = next(disturbances(history, kind, uid), None)  # what comes after the first is mostly its consequence
    if breach is None:
        return judging.found(evidence={"pods": tuple(sorted(str(pod["metadata"]["name"]) for pod in pods))})
    every = list(moments(history, mine))
    loss = next(iter(causes.losses(history, every, _moment_of(breach, every), len(pods))), None)
    cause, (change, check) = ("", ("", "")) if loss is None else (causes.losses_text([loss]), protection(loss, len(pods)))
    if not change and not check:
        check = f"find what touches the pods of this {kind} in the block"
    return judging.found([breach], cause, change, check)


def disturbances(history: History, kind: str, uid: str) -> Iterator[Breach]:
    """Every pod that was created or deleted, and every container that ended or was restarted."""
    mine = belonging_to(history, kind, uid)
    known = dict(history.before("Pod"))
    for version in history.of("Pod"):
        pod, was = version.object, known.get(version.uid)
        if mine(pod):
            if was is None:
                yield Breach(f"{version.name} was created", version.received)
            elif not terminating(was) and (version.type == "DELETED" or terminating(pod)):
                yield Breach(f"{version.name} was deleted", version.received)
            elif not terminating(was) and (interrupted := _interrupted(was, pod)):
                yield Breach(f"{version.name}: container {', '.join(interrupted)} did not go on running", version.received)
        known[version.uid] = pod


def _interrupted(was: Object, now: Object) -> list[str]:
    """The containers that ran in one version of a pod and do not go on running in the next one."""
    before, after = statuses(was), statuses(now)
    return sorted(name for name, one in before.items() if _run(one) is not None and _run(after.get(name, {})) != _run(one))


def _run(status: Mapping[str, Any]) -> tuple[int, str | None] | None:
    """Which run of a container is going on: its number and id; None if none is."""
    if "running" not in (status.get("state") or {}):
        return None
    return status.get("restartCount", 0), status.get("containerID")


def _moment_of(breach: Breach, every: Sequence[Moment]) -> Moment:
    return next((moment for moment in every if moment.at == breach.at and moment.version is not None), every[-1])
