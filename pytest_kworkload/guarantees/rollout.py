"""Rollouts that end (complete), that must not (stalled), and that go back (rollback)."""

from __future__ import annotations

from typing import Any

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .pods import chart, controlled_by, controller, has_readiness_signal, moments, owners, revision
from .readiness import pod_trouble, unready
from .rolling_update import strategy_allows

REVISION = "deployment.kubernetes.io/revision"


def unsettled(history: History, kind: str, uid: str) -> str | None:
    """Why a workload has not settled: its controller is behind, sizes are not met, or a pod is still being deleted."""
    obj = history.objects(kind).get(uid)
    if obj is None:
        return "it is gone"
    reason = unready(obj)
    if reason is not None:
        return reason
    mine = controlled_by(owners(history, kind, uid))
    ending = sorted(
        str(pod["metadata"]["name"]) for pod in history.objects("Pod").values() if mine(pod) and pod["metadata"].get("deletionTimestamp")
    )
    return f"still terminating: {', '.join(ending)}" if ending else None


def follows(pod: Any, template: Any) -> bool:
    """Whether a pod has everything that a template says; a pod has more (defaults, the service account's volume)."""
    if isinstance(template, dict):
        return isinstance(pod, dict) and all(key in pod and follows(pod[key], value) for key, value in template.items())
    if isinstance(template, list):
        return isinstance(pod, list) and len(pod) >= len(template) and all(map(follows, pod, template))
    return bool(pod == template)


def check_complete(history: History, kind: str, uid: str) -> Finding:
    """Every pod of the workload has the current template and is available, at the window's end."""
    obj = history.objects(kind)[uid]
    subject = f"{kind} {obj['metadata']['name']}"
    mine = controlled_by(owners(history, kind, uid))
    pods = sorted((pod for pod in history.objects("Pod").values() if mine(pod)), key=lambda pod: str(pod["metadata"]["name"]))
    template = obj["spec"]["template"]
    partition = int(((obj["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition") or 0)
    old = [pod for pod in pods if not follows(pod["spec"], template["spec"]) and not _kept_by(partition, pod)]
    breaches = []
    if old:
        lines = tuple(f"{pod['metadata']['name']}  {_difference(pod['spec'], template['spec'])}" for pod in old)
        breaches.append(Breach(f"{len(old)} of {len(pods)} pods have an older template", lines=lines))
    reason = unsettled(history, kind, uid)
    if reason is not None and not old:
        troubled = [pod for pod in pods if unready(pod)]
        lines = tuple(f"{pod['metadata']['name']}  {pod_trouble(pod)}" for pod in troubled)
        breaches.append(Breach(f"not complete: {reason}", lines=lines))
    terms = (f"replicas {obj['spec']['replicas']}",) if "replicas" in obj["spec"] else ()
    cause, change = "", ""
    if old and kind == "ReplicaSet":
        cause = "a ReplicaSet never replaces a pod because its template changed; only later pods get the new one"
        change = "kind: Deployment, which makes a ReplicaSet per template and moves the pods over"
    elif old and (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
        cause = "with updateStrategy OnDelete a pod gets the new template only after somebody deleted it"
        change = "spec.updateStrategy.type: RollingUpdate (now OnDelete)"
    elif breaches:
        change = "what keeps the pods from being available: see their events and logs"
    return Finding(
        CATALOGUE["rollout-complete"],
        subject,
        terms,
        tuple(breaches),
        cause=cause,
        change=change,
        evidence={"pods": tuple(str(pod["metadata"]["name"]) for pod in pods), "revision": revision(pods[0]) if pods else ""},
    )


def never_replaced(obj: Object) -> bool:
    """Whether this kind of workload leaves its pods alone when the template changes, so that waiting is of no use."""
    return obj["kind"] == "ReplicaSet" or (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"


def stalled(history: History, uid: str) -> str | None:
    """The trouble that a Deployment's new version is stuck with, once everything that may happen has happened; else None."""
    obj = history.objects("Deployment").get(uid)
    if obj is None or int(obj.get("status", {}).get("observedGeneration", 0)) < int(obj["metadata"]["generation"]):
        return None
    new = _new_replica_set(history, uid)
    if new is None or not unready(obj):
        return None
    pods = [pod for pod in history.objects("Pod").values() if controller(pod) == new["metadata"]["uid"]]
    if len(pods) < int(new["spec"]["replicas"]) or not pods:
        return None
    troubles = [pod_trouble(pod) for pod in pods if unready(pod)]
    stuck = [one for one in troubles if one.startswith(("container", "not scheduled", "readiness gate"))]
    return sorted(stuck)[0] if len(troubles) == len(pods) and len(stuck) == len(pods) else None


def check_stalled(history: History, uid: str) -> Finding:
    """The new version did not take over, and the old one kept what the strategy promises, in every state."""
    guarantee = CATALOGUE["deploy-bad-rollout-keeps-old"]
    before, after = history.before("Deployment")[uid], history.seen("Deployment")[uid]
    subject = f"Deployment {before['metadata']['name']}"
    replicas = int(after["spec"].get("replicas", 1))
    allowed, how = strategy_allows(after, replicas)
    bound = replicas - allowed
    terms = (f"replicas {replicas}", f"the strategy allows {how}", f"promised: at least {bound} old pods stay available")
    if after["spec"]["template"] == before["spec"]["template"]:
        return Finding(
            guarantee,
            subject,
            terms,
            vacuous="the block made no new revision, so nothing could stall",
            change="update the template in the block",
        )
    if bound <= 0:
        return Finding(
            guarantee,
            subject,
            terms,
            vacuous="the strategy lets all old pods go, so none is promised to stay",
            change="spec.strategy: RollingUpdate with a maxUnavailable below the replicas",
        )
    old_sets = frozenset(one for one, obj in history.before("ReplicaSet").items() if controller(obj) == uid)
    every = list(moments(history, controlled_by(owners(history, "Deployment", uid)), int(after["spec"].get("minReadySeconds", 0))))
    old = [sum(pod.available and controller(pod.object) in old_sets for pod in moment.pods.values()) for moment in every]
    breaches = []
    first = next((moment for moment, count in zip(every, old, strict=True) if count < bound), None)
    if first is not None:
        breaches.append(Breach(f"{min(old)} old pods available", first.at))
    signal = has_readiness_signal(after["spec"]["template"])
    names = {revision(pod): "old" if controller(pod) in old_sets else "new" for pod in history.seen("Pod").values()}
    return Finding(
        guarantee,
        subject,
        terms,
        tuple(breaches),
        cause=""
        if not breaches
        else (
            "the new version has no readiness signal, so its pods counted as available as soon as their processes were started"
            if not signal
            else "the new version became available, so the Deployment went on and took the old pods down"
        ),
        change=""
        if not breaches
        else (
            "spec.template.spec.containers[].readinessProbe: add one that a broken version fails (minReadySeconds helps too)"
            if not signal
            else "the readiness probe, so that the broken version fails it"
        ),
        trigger=history.started,
        chart=chart(history, every, bound, first.at if first else None, names),
        evidence={"old_available": min(old), "bound": bound, "reason": stalled(history, uid) or ""},
    )


def check_rollback(history: History, kind: str, uid: str) -> Finding:
    """The block went back to a revision that was there before, and every pod has it."""
    guarantee = CATALOGUE["rollback"]
    before, after = history.before(kind)[uid], history.seen(kind)[uid]
    subject = f"{kind} {before['metadata']['name']}"
    limit = after["spec"].get("revisionHistoryLimit", 10)
    terms = (f"revisionHistoryLimit {limit}",)
    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return Finding(guarantee, subject, vacuous=f"a {kind} keeps no revisions", change="kind: Deployment")
    if after["spec"]["template"] == before["spec"]["template"]:
        return Finding(
            guarantee,
            subject,
            terms,
            vacuous="the block did not change the template, so nothing was rolled back",
            change="call rollback() in the block",
        )
    store = "ReplicaSet" if kind == "Deployment" else "ControllerRevision"
    then = {one: obj for one, obj in history.before(store).items() if controller(obj) == uid}
    now = {one: obj for one, obj in history.objects(store).items() if controller(obj) == uid}
    current = max(now, key=lambda one: _number(now[one]))
    name = str(now[current]["metadata"]["name"])
    highest = max((_number(obj) for obj in then.values()), default=0)
    breaches = []
    if current not in then:
        lines = tuple(f"{obj['metadata']['name']}  revision {_number(obj)}, there before" for obj in then.values())
        breaches.append(Breach(f"{store} {name} was made anew: the template's old revision is not there", lines=lines))
    elif _number(now[current]) <= highest:
        breaches.append(Breach(f"{store} {name} kept revision {_number(now[current])}, not above {highest}"))
    return Finding(
        guarantee,
        subject,
        terms,
        tuple(breaches),
        cause="revisionHistoryLimit 0 keeps no old revision, so there was none to go back to"
        if breaches and limit == 0
        else ("this template was never rolled out here, or its revision was beyond the limit" if breaches else ""),
        change=f"spec.revisionHistoryLimit: 10 (now {limit})" if breaches else "",
        trigger=history.started,
        evidence={"revision": name, "number": _number(now[current]), "from_number": highest},
    )


def _number(store: Object) -> int:
    if store["kind"] == "ControllerRevision":
        return int(store["revision"])
    return int((store["metadata"].get("annotations") or {}).get(REVISION, 0))


def _new_replica_set(history: History, uid: str) -> Object | None:
    mine = [obj for obj in history.objects("ReplicaSet").values() if controller(obj) == uid]
    return max(mine, key=_number, default=None)


def _kept_by(partition: int, pod: Object) -> bool:
    ordinal = str(pod["metadata"]["name"]).rpartition("-")[2]
    return bool(partition) and ordinal.isdigit() and int(ordinal) < partition


def _difference(pod: Any, template: Any, path: str = "spec") -> str:
    """The first field in which a pod differs from the template."""
    if isinstance(template, dict) and isinstance(pod, dict):
        for key, value in template.items():
            if key not in pod:
                return f"{path}.{key} is missing"
            if not follows(pod[key], value):
                return _difference(pod[key], value, f"{path}.{key}")
    if isinstance(template, list) and isinstance(pod, list):
        for n, value in enumerate(template):
            if n >= len(pod):
                return f"{path}[{n}] is missing"
            if not follows(pod[n], value):
                return _difference(pod[n], value, f"{path}[{n}]")
    return f"{path} is {pod!r}, the template says {template!r}"
