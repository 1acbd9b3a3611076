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
from ..judging import Judging

KINDS = ("emptyDir", "ephemeral")


def volume_kind(pod: Object, volume: str) -> str:
    """What a volume of a pod is; empty if it has none of this name."""
    source: Mapping[str, Any] = next((one for one in pod["spec"].get("volumes") or () if one["name"] == volume), {})
    return next((str(key) for key in source if key != "name"), "")


def restart_count(pod: Object, container: str) -> int:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return next((int(one.get("restartCount", 0)) for one in statuses if one["name"] == container), 0)


def restarted_or_gone(history: History, uid: str, volume: str, container: str) -> bool:
    """Whether the container was started again and is ready, or the pod is gone with the volume's own claim."""
    pod = history.objects("Pod").get(uid)
    if pod is not None:
        again = restart_count(pod, container) > restart_count(history.before("Pod")[uid], container)
        return again and unready(pod) is None
    return _claim_uid(history, uid, volume) not in history.objects(CLAIM)


def check_volume_lifetime(history: History, uid: str, volume: str, container: str) -> Finding:
    """What the API tells: the restart, or the end of the pod and of the claim that it owned."""
    was, now = history.before("Pod")[uid], history.objects("Pod").get(uid)
    kind = volume_kind(was, volume)
    judging = Judging.of(
        CATALOGUE["vol-ephemeral-lifetime"],
        was,
        f"volume {volume}: {kind or 'none of this name'}",
        trigger=history.started,
        look=(CLAIM,) if kind == "ephemeral" else (),
    )
    if kind not in KINDS:
        return judging.vacuous("it is not an ephemeral volume", do=f"name a volume of the kind {' or '.join(KINDS)}")
    count = restart_count(now or history.seen("Pod")[uid], container) - restart_count(was, container)
    if now is not None:
        if count == 0:
            why = f"container {container} was not started again, and the pod is still there"
            return judging.vacuous(why, do="end the container, or delete the pod, in the block")
        return judging.found(evidence={"restarts": count, "claim": ""})
    if kind == "emptyDir":
        why = "the pod is gone, so nobody can look into its emptyDir"
        return judging.vacuous(why, do="end the container in the block, not the pod")
    claim = history.before(CLAIM).get(_claim_uid(history, uid, volume))
    own = claim_names(was)[volume]
    if claim is None:
        return judging.found([Breach(f"claim {own} was not there")], check="find what deleted it")
    left = []
    if claim["metadata"]["uid"] in history.objects(CLAIM):
        owner = "its pod" if controller(claim) == uid else "something else, or nothing"
        left = [Breach(f"claim {own} outlives its pod", lines=(f"owned by {owner}",))]
    return judging.found(left, check=f"find what holds claim {own}", evidence={"restarts": count, "claim": own})


def _claim_uid(history: History, uid: str, volume: str) -> str:
    """The uid of the claim of a volume; empty if there is none."""
    own = claim_names(history.before("Pod")[uid]).get(volume)
    return next((one for one, claim in history.before(CLAIM).items() if claim["metadata"]["name"] == own), "")
