"""undisturbed: what happens around pods touches none of them and restarts no container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...history.model import History, Object
from ...objects.availability import Moment, moments
from ...objects.containers import statuses
from ...objects.pods import belonging_to, finished, terminating
from ..capacity import causes
from ..capacity.advice import protection
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_undisturbed(history: History, kind: str, uid: str, settle: float) -> Finding:
    """No pod came or went, and no container ended or was started again."""
    obj = history.seen(kind)[uid]
    mine = belonging_to(history, kind, uid)
    pods = [pod for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]

    def found(**parts: Any) -> Finding:
        terms = (f"{len(pods)} pod{'s' if len(pods) != 1 else ''}", f"watched for {settle:g} s")
        return Finding(CATALOGUE["undisturbed"], f"{kind} {obj['metadata']['name']}", terms, trigger=history.started, **parts)

    if not pods:
        return found(vacuous="there was no pod that could be disturbed", change="wait_ready() before the block")
    breach = next(disturbances(history, kind, uid), None)  # what comes after the first is mostly its consequence
    if breach is not None:
        every = list(moments(history, mine))
        loss = next(iter(causes.losses(history, every, _at(every, breach), len(pods))), None)
        change, check = protection(loss, len(pods)) if loss is not None else ("", "")
        return found(
            breaches=(breach,),
            cause=causes.losses_text([loss]) if loss is not None else "",
            change=change,
            check=check or ("" if change else f"find what touches the pods of this {kind} in the block"),
        )
    return found(evidence={"pods": tuple(sorted(str(pod["metadata"]["name"]) for pod in pods))})


def disturbances(history: History, kind: str, uid: str) -> Iterator[Breach]:
    """Every pod that came or began to go, and every container that ended or was started again."""
    mine = belonging_to(history, kind, uid)
    known = dict(history.before("Pod"))
    for version in history.of("Pod"):
        pod, was = version.object, known.get(version.uid)
        if mine(pod):
            if was is None:
                yield Breach(f"{version.name} was created", version.received)
            elif not terminating(was) and (version.type == "DELETED" or terminating(pod)):
                yield Breach(f"{version.name} was told to go", version.received)
            elif not terminating(was) and (others := _others(was, pod)):
                yield Breach(f"{version.name}: container {', '.join(others)} did not run on", version.received)
        known[version.uid] = pod


def _others(was: Object, now: Object) -> list[str]:
    """The containers that ran in one version and do not run on in the next one."""
    before, after = statuses(was), statuses(now)
    return sorted(name for name, one in before.items() if _run(one) is not None and _run(after.get(name, {})) != _run(one))


def _run(status: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Which run of a container is going on."""
    if "running" not in (status.get("state") or {}):
        return None
    return status.get("restartCount", 0), status.get("containerID")


def _at(every: list[Moment], breach: Breach) -> Moment:
    return next((moment for moment in every if moment.at == breach.at and moment.version is not None), every[-1])
