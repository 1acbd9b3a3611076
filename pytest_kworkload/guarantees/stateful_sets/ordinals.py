"""sts-ordinals-shift: another first ordinal moves the window of replicas; those outside go, new ones come, the others stay."""

from __future__ import annotations

from collections.abc import Mapping

from ...history.model import History, Object
from ...objects.pods import controller, finished, ordinal, terminating
from ...objects.replicas import wanted_ordinals
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import READY_BEFORE, created_in_the_block


def check_ordinals(history: History, uid: str) -> Finding:
    """At the end exactly the wanted ordinals have a pod, each with its own claims, and those wanted all along have the same one."""
    obj = history.seen("StatefulSet")[uid]
    name = str(obj["metadata"]["name"])
    every = history.versions_of("StatefulSet", uid)
    old, new = wanted_ordinals(every[0]), wanted_ordinals(every[-1])
    terms = f"from {_first_to_last(old)} to {_first_to_last(new)}"
    judging = Judging.of(CATALOGUE["sts-ordinals-shift"], obj, terms, trigger=history.started, look=("PersistentVolumeClaim",))
    if reason := created_in_the_block(history, obj, "no replica had to move"):
        return judging.vacuous(*reason)
    if old.start == new.start:
        why = "the first ordinal is what it was, so nothing moved"
        return judging.vacuous(why, f"spec.ordinals.start: another number (now {new.start}), in the block")
    then = _pods(history.before("Pod"), uid)
    if set(then) != set(old):
        return judging.vacuous("when the block began, not every replica had its pod", do=READY_BEFORE)
    now = _pods(history.objects("Pod"), uid)
    breaches = []
    if absent := [n for n in new if n not in now]:
        breaches.append(Breach(f"replicas that did not come: {', '.join(f'{name}-{n}' for n in absent)}"))
    if outside := [n for n in now if n not in new]:
        breaches.append(Breach(f"replicas that did not go: {', '.join(f'{name}-{n}' for n in sorted(outside))}"))
    if replaced := [n for n in new if n in old and n in now and now[n]["metadata"]["uid"] != then[n]["metadata"]["uid"]]:
        breaches.append(Breach(f"replicas that were wanted all along and were replaced: {', '.join(f'{name}-{n}' for n in replaced)}"))
    if foreign := {n: claims for n, pod in now.items() if (claims := _missing_claims(obj, pod, n))}:
        lines = tuple(f"{name}-{n}  {', '.join(claims)}" for n, claims in sorted(foreign.items()))
        breaches.append(Breach("replicas without claims of their own", lines=lines))
    advice = Advice(check="find what, other than the controller, creates or deletes pods of this set")
    if absent or outside:
        advice = last_warning(history, {uid, *(str(pod["metadata"]["uid"]) for pod in now.values())})
    return judging.found(
        breaches,
        *advice,
        evidence={
            "kept": tuple(f"{name}-{n}" for n in new if n in old),
            "created": tuple(f"{name}-{n}" for n in new if n not in old),
            "removed": tuple(f"{name}-{n}" for n in old if n not in new),
        },
    )


def has_shifted(history: History, uid: str) -> bool:
    """Whether exactly the ordinals that the set wants have a pod. Its status cannot tell: it counts those outside too."""
    obj = history.objects("StatefulSet").get(uid)
    return obj is not None and set(_pods(history.objects("Pod"), uid)) == set(wanted_ordinals(obj))


def _pods(objects: Mapping[str, Object], uid: str) -> dict[int, Object]:
    return {ordinal(pod): pod for pod in objects.values() if controller(pod) == uid and not terminating(pod) and not finished(pod)}


def _missing_claims(stateful_set: Object, pod: Object, n: int) -> list[str]:
    """The claims that a replica should have by the set's templates, and does not have."""
    used = {one["persistentVolumeClaim"]["claimName"] for one in pod["spec"].get("volumes") or () if "persistentVolumeClaim" in one}
    templates = [str(one["metadata"]["name"]) for one in stateful_set["spec"].get("volumeClaimTemplates") or ()]
    return [one for template in templates if (one := f"{template}-{stateful_set['metadata']['name']}-{n}") not in used]


def _first_to_last(ordinals: range) -> str:
    return f"{ordinals.start}..{ordinals.stop - 1}" if ordinals else "none"
