"""rs-replica-count: exactly as many pods are active as were asked for, and it stays that way."""

from __future__ import annotations

from datetime import datetime

from ...history.model import History
from ...objects.availability import Moment, moments
from ...objects.pods import controlled_by, finished, owners, terminating
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from .adoption import orphans


def check_replica_count(
    history: History, kind: str, uid: str, replicas: int, settle: float, since: datetime, scale: int | None = None
) -> Finding:
    """In every state since a moment `replicas` pods were active: neither terminating nor finished.

    The history is the whole test's. `scale` is what the scale subresource says, if it was asked.
    """
    obj, stores = history.seen(kind)[uid], owners(history, kind, uid)
    mine, own = controlled_by(stores), int(obj["spec"].get("replicas", 1))
    every = list(moments(history, mine))
    watched = [*[one for one in every if one.at <= since][-1:], *(one for one in every if one.at > since)]
    wrong = next((one for one in watched if len(_active(one)) != replicas), None)
    judging = Judging.of(
        CATALOGUE["rs-replica-count"],
        obj,
        f"asked for: {counted(replicas, 'active pod')}",
        f"replicas {own}",
        f"watched for {settle:g} s",
        trigger=since if wrong is not None and wrong.at > since else None,
    )
    if replicas == 0 and not any(mine(pod) for pod in history.seen("Pod").values()):
        return judging.vacuous(f"the {kind} never had a pod, so that it has none shows nothing", do="ask for 0 after scale(0)")
    left = orphans(history, kind, uid)
    breaches, advice = [], Advice()
    if wrong is not None:
        names = _active(wrong)
        breaches.append(Breach(f"active pods: {len(names)}", wrong.at, lines=tuple(names)))
        if own != replicas:
            advice = Advice(f"the {kind} wants {counted(own, 'pod')}", f"spec.replicas: {replicas} (now {own})")
        else:
            advice = last_warning(history, {uid, *stores})
    elif left:
        breaches.append(Breach(f"pods that the selector matches and nobody controls: {len(left)}", lines=tuple(left)))
        advice = Advice(check=f"find what keeps the {kind}'s controller from adopting or deleting them")
    elif scale not in (None, own):
        breaches.append(Breach(f"its scale subresource says {counted(scale or 0, 'replica')}"))
        advice = Advice(check="what serves the scale subresource")
    return judging.found(breaches, *advice, evidence={"pods": tuple(_active(watched[-1])), "states": len(watched)})


def converged(history: History, kind: str, uid: str, replicas: int) -> bool:
    """Whether that many pods are active now, and none is left for the controller to adopt or to delete."""
    mine = controlled_by(owners(history, kind, uid))
    active = sum(mine(pod) and not terminating(pod) and not finished(pod) for pod in history.objects("Pod").values())
    return active == replicas and not orphans(history, kind, uid)


def _active(moment: Moment) -> list[str]:
    return sorted(pod.name for pod in moment.pods.values() if not terminating(pod.object) and not finished(pod.object))
