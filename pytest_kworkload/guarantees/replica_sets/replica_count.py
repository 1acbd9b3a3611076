"""rs-replica-count: exactly as many active pods as were asked for, and they stay so many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...history.model import History
from ...objects.availability import Moment, moments
from ...objects.pods import controlled_by, finished, owners, terminating
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice
from .adoption import orphans


def check_count(history: History, kind: str, uid: str, replicas: int, settle: float, since: datetime, scale: int | None = None) -> Finding:
    """In every state since a moment so many pods were active: neither terminating nor finished. The history is the whole test's."""
    obj, stores = history.seen(kind)[uid], owners(history, kind, uid)
    mine, own = controlled_by(stores), int(obj["spec"].get("replicas", 1))

    def found(**parts: Any) -> Finding:
        terms = (f"asked for: {replicas} active pods", f"replicas {own}", f"watched for {settle:g} s")
        return Finding(CATALOGUE["rs-replica-count"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if replicas == 0 and not any(mine(pod) for pod in history.seen("Pod").values()):
        return found(vacuous=f"the {kind} never had a pod, so it shows nothing that it has none", change="ask for 0 after scale(0)")
    every = list(moments(history, mine))
    watched = [*[one for one in every if one.at <= since][-1:], *(one for one in every if one.at > since)]
    wrong = next((one for one in watched if len(_active(one)) != replicas), None)
    left = orphans(history, kind, uid)
    breaches, advice = [], Advice()
    if wrong is not None:
        names = _active(wrong)
        breaches.append(Breach(f"active pods: {len(names)}", wrong.at, lines=tuple(names)))
        if own != replicas:
            advice = Advice(f"the {kind} wants {own} pods", f"spec.replicas: {replicas} (now {own})")
        else:
            advice = last_warning(history, {uid, *stores})
    elif left:
        breaches.append(Breach(f"pods that the selector matches and nobody controls: {len(left)}", lines=tuple(left)))
        advice = Advice(check=f"what keeps the controller of the {kind} from adopting or deleting them")
    if not breaches and scale not in (None, own):
        breaches.append(Breach(f"its scale subresource says {scale} replicas"))
        advice = Advice(check="what serves the scale subresource")
    return found(
        breaches=tuple(breaches),
        **advice._asdict(),
        trigger=since if wrong is not None and wrong.at > since else None,
        evidence={"pods": tuple(_active(watched[-1])), "states": len(watched)},
    )


def converged(history: History, kind: str, uid: str, replicas: int) -> bool:
    """Whether so many pods are active now, and none is left for the controller to adopt or to delete."""
    mine = controlled_by(owners(history, kind, uid))
    active = sum(mine(pod) and not terminating(pod) and not finished(pod) for pod in history.objects("Pod").values())
    return active == replicas and not orphans(history, kind, uid)


def _active(moment: Moment) -> list[str]:
    return sorted(pod.name for pod in moment.pods.values() if not terminating(pod.object) and not finished(pod.object))
