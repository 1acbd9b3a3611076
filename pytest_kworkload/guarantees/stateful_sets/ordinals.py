"""sts-ordinals-shift: another first ordinal moves the window of replicas; those outside go, new ones come, the others stay."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.pods import controller, finished, ordinal, terminating
from ...objects.replicas import wanted_ordinals
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice


def check_ordinals(history: History, uid: str) -> Finding:
    """In the end exactly the ordinals that the set wants have a pod, each with its own claims, and those wanted all along the same one."""
    obj = history.seen("StatefulSet")[uid]
    name = str(obj["metadata"]["name"])
    every = history.versions_of("StatefulSet", uid)
    old, new = wanted_ordinals(every[0]), wanted_ordinals(every[-1])

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-ordinals-shift"], f"StatefulSet {name}", (f"from {_told(old)} to {_told(new)}",), **parts)

    if uid not in history.before("StatefulSet"):
        return found(vacuous="the block created the set, so no replica had to move", change="apply it before the block")
    if old.start == new.start:
        return found(
            vacuous="the first ordinal is what it was, so nothing moved", change="spec.ordinals.start: another number, in the block"
        )
    then = _pods(history.before("Pod"), uid)
    if set(then) != set(old):
        return found(vacuous="when the block began, the set had not all its pods", change="wait_ready() before the block")
    now = _pods(history.objects("Pod"), uid)
    breaches = []
    if missing := [n for n in new if n not in now]:
        breaches.append(Breach(f"replicas that did not come: {', '.join(f'{name}-{n}' for n in missing)}"))
    if outside := [n for n in now if n not in new]:
        breaches.append(Breach(f"replicas that did not go: {', '.join(f'{name}-{n}' for n in sorted(outside))}"))
    if replaced := [n for n in new if n in old and n in now and now[n]["metadata"]["uid"] != then[n]["metadata"]["uid"]]:
        breaches.append(Breach(f"replicas that were wanted all along and were replaced: {', '.join(f'{name}-{n}' for n in replaced)}"))
    if foreign := {n: claims for n, pod in now.items() if (claims := _foreign(obj, pod, n))}:
        lines = tuple(f"{name}-{n}  {', '.join(claims)}" for n, claims in sorted(foreign.items()))
        breaches.append(Breach("replicas without claims of their own", lines=lines))
    advice = Advice()
    if missing or outside:
        advice = last_warning(history, {uid, *(str(pod["metadata"]["uid"]) for pod in now.values())})
    elif breaches:
        advice = Advice(check="find what, other than the controller, creates or deletes pods of this set")
    return found(
        breaches=tuple(breaches),
        **advice._asdict(),
        trigger=history.started,
        evidence={
            "kept": tuple(f"{name}-{n}" for n in new if n in old),
            "created": tuple(f"{name}-{n}" for n in new if n not in old),
            "removed": tuple(f"{name}-{n}" for n in old if n not in new),
        },
    )


def moved(history: History, uid: str) -> bool:
    """Whether exactly the ordinals that the set wants have a pod. Its status does not tell: it counts those outside too."""
    obj = history.objects("StatefulSet").get(uid)
    return obj is not None and set(_pods(history.objects("Pod"), uid)) == set(wanted_ordinals(obj))


def _pods(objects: Any, uid: str) -> dict[int, Object]:
    return {ordinal(pod): pod for pod in objects.values() if controller(pod) == uid and not terminating(pod) and not finished(pod)}


def _foreign(stateful_set: Object, pod: Object, n: int) -> list[str]:
    """The claims that a replica should have by the set's templates and has not."""
    used = {one["persistentVolumeClaim"]["claimName"] for one in pod["spec"].get("volumes") or () if "persistentVolumeClaim" in one}
    templates = [str(one["metadata"]["name"]) for one in stateful_set["spec"].get("volumeClaimTemplates") or ()]
    return [one for template in templates if (one := f"{template}-{stateful_set['metadata']['name']}-{n}") not in used]


def _told(ordinals: range) -> str:
    return f"{ordinals.start}..{ordinals.stop - 1}" if ordinals else "none"
