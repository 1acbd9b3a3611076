"""sts-failed-pod: a pod that has finished is replaced; a StatefulSet's and a DaemonSet's makes room for one at its own place."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Version
from ...objects.pods import controlled_by, created_after, deletion, finished, owners, replacement, target_node, terminating
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def ended(history: History, pod_uid: str) -> Version | None:
    """The version with which a pod had finished by itself: one that is being deleted finishes too."""
    every = (one for one in history.of("Pod") if one.uid == pod_uid)
    return next((one for one in every if finished(one.object) and not terminating(one.object)), None)


def successor(history: History, kind: str, uid: str, pod_uid: str) -> str | None:
    """The name of the pod that came for one that had finished; for StatefulSet and DaemonSet at its place, after its object was gone."""
    victim, end = history.before("Pod").get(pod_uid), ended(history, pod_uid)
    if victim is None or end is None:
        return None
    if kind in ("StatefulSet", "DaemonSet"):
        new = replacement(history, kind, uid, victim)
        return str(new["metadata"]["name"]) if new is not None else None
    mine = controlled_by(owners(history, kind, uid))
    return next((one.name for one in created_after(history, end) if mine(one.object)), None)


def check_failed_pod(history: History, kind: str, uid: str, pod_uid: str) -> Finding:
    """The pod finished in the window, and another one came for it."""
    obj, pod, end = history.seen(kind)[uid], history.seen("Pod")[pod_uid], ended(history, pod_uid)
    name = str(pod["metadata"]["name"])

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-failed-pod"], f"{kind} {obj['metadata']['name']}", (f"to finish: {name}",), **parts)

    if pod_uid not in history.before("Pod") or not controlled_by(owners(history, kind, uid))(history.before("Pod")[pod_uid]):
        return found(vacuous=f"{name} was not the {kind}'s when the block began", change="one of the workload's own pods()")
    if end is None:
        went = " It was deleted instead." if deletion(history, pod_uid) is not None else ""
        return found(
            vacuous=f"{name} did not finish in the block, so it was not replaced for that.{went}",
            change="let it fail in the block, by patch({'spec': {'activeDeadlineSeconds': 1}})",
        )
    new = successor(history, kind, uid, pod_uid)
    evidence = {"pod": name, "phase": str(end.object["status"]["phase"]), "replacement": new or ""}
    if new is not None:
        return found(evidence=evidence)
    place = {"StatefulSet": f" under the name {name}", "DaemonSet": f" for {target_node(pod)}"}.get(kind, "")
    lines = (f"{name}  {end.object['status']['phase']}, {'still there' if pod_uid in history.objects('Pod') else 'gone'}",)
    return found(
        breaches=(Breach(f"no new pod was created{place}", end.received, lines=lines),),
        **last_warning(history, {uid, *owners(history, kind, uid)})._asdict(),
        trigger=history.started,
        evidence=evidence,
    )
