"""A StatefulSet's replicas: the ordinals that it wants, and the pods that it has for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..history.model import History, Object, Version
from .availability import Moment, PodState
from .pods import ordinal
from .steps import CACHE_LAG


def management_policy(stateful_set: Object) -> str:
    return str(stateful_set["spec"].get("podManagementPolicy", "OrderedReady"))


def wanted_ordinals(stateful_set: Object) -> range:
    """The ordinals of the replicas that a set asks for."""
    spec = stateful_set["spec"]
    start = int((spec.get("ordinals") or {}).get("start", 0))
    return range(start, start + int(spec.get("replicas", 1)))


def kept_ordinals(history: History, uid: str) -> range:
    """The ordinals that a set asked for all the time: scaling is not part of what an update promises."""
    return _common(history.versions_of("StatefulSet", uid))


def asked_ordinals(history: History, uid: str, pod: Version) -> range:
    """The ordinals that a set asked for when this version of a pod came, and throughout the cache's lag before."""
    known = history.versions_of("StatefulSet", uid)[:1]
    for one in history.of("StatefulSet"):
        if one.uid == uid and one.revision < pod.revision:
            known = [one.object] if pod.received - one.received > CACHE_LAG else [*known, one.object]
    return _common(known)


def _common(every: Sequence[Object]) -> range:
    """The ordinals that all of these versions of a set ask for."""
    ordinals = [wanted_ordinals(one) for one in every]
    start = max(one.start for one in ordinals)
    return range(start, max(start, min(one.stop for one in ordinals)))


def by_ordinal(moment: Moment) -> dict[int, PodState]:
    """The pods of a moment by their ordinals."""
    return {ordinal(pod.object): pod for pod in moment.pods.values()}


def unavailable_ordinals(moment: Moment, ordinals: Collection[int]) -> list[int]:
    """Those of the ordinals that have no available pod: none at all, one that is not ready, one that is terminating."""
    there = by_ordinal(moment)
    return [n for n in ordinals if n not in there or not there[n].available]


def partition_of(stateful_set: Object) -> int:
    rolling = (stateful_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    return int(rolling.get("partition") or 0)
