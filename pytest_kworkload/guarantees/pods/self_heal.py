"""Pods that come back (self-heal), and pods that do not (pod-bare-not-recreated)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...history.model import History, Object
from ...objects.availability import moments
from ...objects.pods import controlled_by, controller, created_after, deletion, owners, replacement, target_node
from ...objects.readiness import pod_trouble
from ...objects.revisions import sizes
from ..capacity.causes import last_warning
from ..capacity.lanes import chart
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice


def check_self_heal(history: History, kind: str, uid: str, victim_uid: str) -> Finding:
    """The victim was replaced, never more than one pod was missing, and none is in the end."""
    workload, victim = history.seen(kind)[uid], history.before("Pod")[victim_uid]
    name = str(victim["metadata"]["name"])
    every = list(moments(history, controlled_by(owners(history, kind, uid)), int(workload["spec"].get("minReadySeconds", 0))))
    start, gone = every[0], deletion(history, victim_uid)
    # Who scales down in the window asks for fewer.
    wanted = [start.available] if kind == "DaemonSet" else sizes(history, kind, uid)
    full = min(start.available, *wanted)
    bound = full - 1
    new = replacement(history, kind, uid, victim)
    terms = (f"{start.available} available before", "deleted: 1 pod", f"at least {bound} must stay available")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["self-heal"], f"{kind} {workload['metadata']['name']}", terms, **parts)

    if victim_uid not in start.pods or not start.pods[victim_uid].available:
        return found(vacuous=f"{name} was not available before, so nothing was lost that could come back", change="wait_ready() before")
    if start.available < wanted[0]:
        return found(vacuous=f"only {start.available} of {wanted[0]} pods were available before", change="wait_ready() before")
    if gone is None:
        return found(vacuous=f"{name} was not deleted", change="delete() it in the block")
    if new is None and full < start.available:
        return found(vacuous="the replicas were lowered, so no pod had to come back", change="leave spec.replicas as it is in the block")
    deleted = next((moment for moment in every if moment.version is gone), start)
    low = next((moment for moment in every if moment.available < bound), None)
    lowest = min(moment.available for moment in every)
    breaches = []
    if new is None:
        place = {"StatefulSet": f" under the name {name}", "DaemonSet": f" for {target_node(victim)}"}.get(kind, "")
        ending = (f"{name}  still terminating",) if victim_uid in every[-1].pods else ()
        breaches.append(Breach(f"no new pod was created{place}", deleted.at, lines=ending))
    if low is not None:
        breaches.append(Breach(f"{lowest} available", low.at))
    if not breaches and every[-1].available < full:
        lines = tuple(f"{pod.name}  {pod_trouble(pod.object)}" for pod in every[-1].pods.values() if not pod.available)
        breaches.append(Breach(f"{every[-1].available} of {full} available at the end", lines=lines))
    advice = last_warning(history, {uid, *owners(history, kind, uid), *([str(new["metadata"]["uid"])] if new else [])})
    return found(
        breaches=tuple(breaches),
        **(advice if breaches else Advice())._asdict(),
        trigger=deleted.at,
        chart=chart(history, every, bound, low if new else deleted),
        evidence={
            "lowest_available": lowest,
            "victim": victim_uid,
            "replacement": new["metadata"]["uid"] if new else "",
            "seconds": (every[-1].at - deleted.at).total_seconds(),
        },
    )


def recreated(history: History, name: str, uid: str) -> Object | None:
    """A pod that was created after this one began to go: of its name, or by what controlled it in the end."""
    gone = deletion(history, uid)
    if gone is None:
        return None
    owner = controller(history.seen("Pod")[uid])
    for version in created_after(history, gone):
        if version.name == name or (owner is not None and controller(version.object) == owner):
            return version.object
    return None


def check_not_recreated(history: History, uid: str, settle: float) -> Finding:
    """The bare pod went away and nothing came in its place, for so many seconds."""
    pod = history.seen("Pod")[uid]
    name = str(pod["metadata"]["name"])

    def found(**parts: Any) -> Finding:
        terms = (f"watched for {settle:g} s after it was gone",)
        return Finding(CATALOGUE["pod-bare-not-recreated"], f"Pod {name}", terms, evidence={"uid": uid}, **parts)

    gone = deletion(history, uid)
    owner = next((one for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), None)
    new = recreated(history, name, uid)
    if gone is None:
        return found(vacuous="the pod was not deleted in the block, so nothing could be created again", change="delete() it in the block")
    if new is not None:
        when = next(version.received for version in history.of("Pod") if version.uid == new["metadata"]["uid"])
        change = "metadata.labels: labels that no controller's selector matches" if owner else "find out what creates it"
        return found(
            breaches=(Breach(f"pod {new['metadata']['name']} was created", when),),
            cause=_owned(pod, owner) if owner else "something created it again",
            change=change,
            trigger=gone.received,
        )
    if owner is not None:
        return found(vacuous=f"{_owned(pod, owner)}; so this shows nothing about a bare pod", change="kind: Pod, without an owner")
    if uid in history.objects("Pod"):
        return found(vacuous="the pod is still terminating", change="a shorter spec.terminationGracePeriodSeconds, or a longer timeout")
    return found()


def _owned(pod: Object, owner: Mapping[str, Any]) -> str:
    who = f"{owner['kind']} {owner['name']}"
    if pod["metadata"].get("generateName"):
        return f"{who} created the pod: it is not a bare one"
    return f"{who} had adopted the pod: its selector matches the pod's labels"
