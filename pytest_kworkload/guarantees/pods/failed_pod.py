"""sts-failed-pod: a pod that has finished is replaced; a StatefulSet's or DaemonSet's at its own place."""

from __future__ import annotations

from ...history.model import History, Version
from ...objects.pods import controlled_by, created_after, deletion, finished, owners, replacement, target_node, terminating
from ..capacity.causes import last_warning
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def finished_version(history: History, pod_uid: str) -> Version | None:
    """The version with which a pod had finished by itself: one that is being deleted finishes too."""
    every = (one for one in history.of("Pod") if one.uid == pod_uid)
    return next((one for one in every if finished(one.object) and not terminating(one.object)), None)


def successor(history: History, kind: str, uid: str, pod_uid: str) -> str | None:
    """The name of the pod that came for one that had finished; of a StatefulSet or DaemonSet at its place, after its object was gone."""
    victim, end = history.before("Pod").get(pod_uid), finished_version(history, pod_uid)
    if victim is None or end is None:
        return None
    if kind in ("StatefulSet", "DaemonSet"):
        new = replacement(history, kind, uid, victim)
        return str(new["metadata"]["name"]) if new is not None else None
    mine = controlled_by(owners(history, kind, uid))
    return next((one.name for one in created_after(history, end) if mine(one.object)), None)


def check_failed_pod(history: History, kind: str, uid: str, pod_uid: str) -> Finding:
    """The pod finished in the window, and another one came for it."""
    obj, pod, end = history.seen(kind)[uid], history.seen("Pod")[pod_uid], finished_version(history, pod_uid)
    name, mine = str(pod["metadata"]["name"]), controlled_by(owners(history, kind, uid))
    judging = Judging.of(CATALOGUE["sts-failed-pod"], obj, f"to finish: {name}", trigger=history.started)
    if pod_uid not in history.before("Pod") or not mine(history.before("Pod")[pod_uid]):
        return judging.vacuous(f"{name} was not the {kind}'s when the block began", do="take one of the workload's own pods()")
    if end is None:
        instead = "; it was deleted instead" if deletion(history, pod_uid) is not None else ""
        return judging.vacuous(
            f"{name} did not finish in the block, so it did not have to be replaced{instead}",
            do="let it fail in the block, with pod.patch({'spec': {'activeDeadlineSeconds': 1}})",
        )
    new, phase = successor(history, kind, uid, pod_uid), str(end.object["status"]["phase"])
    place = {"StatefulSet": f" under the name {name}", "DaemonSet": f" for {target_node(pod)}"}.get(kind, "")
    lines = (f"{name}  {phase}, {'still there' if pod_uid in history.objects('Pod') else 'gone'}",)
    advice = last_warning(history, {uid, *owners(history, kind, uid)})
    return judging.found(
        () if new else (Breach(f"no new pod was created{place}", end.received, lines=lines),),
        **advice._asdict(),
        evidence={"pod": name, "phase": phase, "replacement": new or ""},
    )
