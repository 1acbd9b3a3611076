"""self-heal: a deleted pod is replaced by a new one, and no other pod is missing meanwhile."""

from __future__ import annotations

from ...history.model import History
from ...objects.availability import moments
from ...objects.pods import controlled_by, deletion, owners, replacement, target_node
from ...objects.readiness import pod_trouble
from ...objects.revisions import sizes
from ..capacity.causes import last_warning
from ..capacity.lanes import chart
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from ..vacuous import READY_BEFORE, not_deleted


def check_self_heal(history: History, kind: str, uid: str, victim_uid: str) -> Finding:
    """The victim was replaced, never more than one pod was missing, and none is at the end."""
    workload, victim = history.seen(kind)[uid], history.before("Pod")[victim_uid]
    name = str(victim["metadata"]["name"])
    every = list(moments(history, controlled_by(owners(history, kind, uid)), int(workload["spec"].get("minReadySeconds", 0))))
    start, end, gone = every[0], every[-1], deletion(history, victim_uid)
    # The lowest number that was asked for in the window: somebody may have scaled down.
    wanted = [start.available] if kind == "DaemonSet" else sizes(history, kind, uid)
    full = min(start.available, *wanted)
    bound = full - 1
    new = replacement(history, kind, uid, victim)
    deleted = next((moment for moment in every if moment.version is gone), start)
    terms = (f"{start.available} available before", "deleted: 1 pod", f"at least {bound} must stay available")
    judging = Judging.of(CATALOGUE["self-heal"], workload, *terms, trigger=deleted.at)
    if victim_uid not in start.pods or not start.pods[victim_uid].available:
        return judging.vacuous(f"{name} was not available before, so nothing was lost that could come back", do=READY_BEFORE)
    if start.available < wanted[0]:
        return judging.vacuous(f"only {start.available} of {counted(wanted[0], 'pod was', 'pods were')} available before", do=READY_BEFORE)
    if gone is None:
        return judging.vacuous(*not_deleted(name, "nothing had to come back"))
    if new is None and full < start.available:
        return judging.vacuous("the replicas were lowered, so no pod had to come back", do="leave spec.replicas as it is in the block")
    low = next((moment for moment in every if moment.available < bound), None)
    lowest = min(moment.available for moment in every)
    breaches = []
    if new is None:
        place = {"StatefulSet": f" under the name {name}", "DaemonSet": f" for {target_node(victim)}"}.get(kind, "")
        stays = (f"{name}  still terminating",) if victim_uid in end.pods else ()
        breaches.append(Breach(f"no new pod was created{place}", deleted.at, lines=stays))
    if low is not None:
        breaches.append(Breach(f"{lowest} available", low.at))
    if not breaches and end.available < full:
        lines = tuple(f"{pod.name}  {pod_trouble(pod.object)}" for pod in end.pods.values() if not pod.available)
        breaches.append(Breach(f"{end.available} of {full} available at the end", lines=lines))
    advice = last_warning(history, {uid, *owners(history, kind, uid), *([str(new["metadata"]["uid"])] if new else [])})
    return judging.found(
        breaches,
        **advice._asdict(),
        chart=chart(history, every, bound, low if new else deleted),
        evidence={
            "lowest_available": lowest,
            "victim": victim_uid,
            "replacement": new["metadata"]["uid"] if new else "",
            "seconds": (end.at - deleted.at).total_seconds(),
        },
    )
