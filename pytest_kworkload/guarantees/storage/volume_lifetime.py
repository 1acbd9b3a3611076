"""vol-ephemeral-lifetime: an ephemeral volume lives as long as its pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, claim_names
from ...objects.pods import controller
from ...objects.readiness import unready
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

KINDS = ("emptyDir", "ephemeral")


def volume_kind(pod: Object, volume: str) -> str:
    """What a volume of a pod is; empty if it has none of this name."""
    source: Mapping[str, Any] = next((one for one in pod["spec"].get("volumes") or () if one["name"] == volume), {})
    return next((str(key) for key in source if key != "name"), "")


def restarts(pod: Object, container: str) -> int:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return next((int(one.get("restartCount", 0)) for one in statuses if one["name"] == container), 0)


def ended(history: History, uid: str, volume: str, container: str) -> bool:
    """Whether the container was started again and is ready, or the pod is gone with the volume's own claim."""
    pod = history.objects("Pod").get(uid)
    if pod is not None:
        again = restarts(pod, container) > restarts(history.before("Pod")[uid], container)
        return again and unready(pod) is None
    return _claim(history, uid, volume) not in history.objects(CLAIM)


def check_lifetime(history: History, uid: str, volume: str, container: str) -> Finding:
    """What the API tells: the restart, or the end of the pod and of the claim that it owned."""
    was, now = history.before("Pod")[uid], history.objects("Pod").get(uid)
    kind, name = volume_kind(was, volume), str(was["metadata"]["name"])

    def found(**parts: Any) -> Finding:
        terms = (f"volume {volume}: {kind or 'none of this name'}",)
        return Finding(CATALOGUE["vol-ephemeral-lifetime"], f"Pod {name}", terms, trigger=history.started, **parts)

    if kind not in KINDS:
        return found(vacuous="it is not an ephemeral volume", change=f"volume: one of the kind {' or '.join(KINDS)}")
    count = restarts(now or history.seen("Pod")[uid], container) - restarts(was, container)
    if now is not None and count == 0:
        return found(
            vacuous=f"container {container} was not started again, and the pod is there",
            change="end the container, or delete the pod, in the block",
        )
    if now is not None:
        return found(evidence={"restarts": count, "claim": ""})
    if kind == "emptyDir":
        return found(vacuous="the pod is gone, and nobody can look into its emptyDir", change="end the container in the block, not the pod")
    claim = history.before(CLAIM).get(_claim(history, uid, volume))
    own = claim_names(was)[volume]
    if claim is None:
        return found(breaches=(Breach(f"claim {own} was not there"),), change="find out who deleted it")
    if claim["metadata"]["uid"] in history.objects(CLAIM):
        owner = "its pod" if controller(claim) == uid else "something else, or nothing"
        return found(breaches=(Breach(f"claim {own} outlives its pod", lines=(f"owned by {owner}",)),), change=f"find out what holds {own}")
    return found(evidence={"restarts": count, "claim": own})


def _claim(history: History, uid: str, volume: str) -> str:
    """The uid of the claim of a volume; empty if there is none."""
    own = claim_names(history.before("Pod")[uid]).get(volume)
    return next((one for one, claim in history.before(CLAIM).items() if claim["metadata"]["name"] == own), "")
