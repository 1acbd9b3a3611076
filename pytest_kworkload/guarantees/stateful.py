"""StatefulSets: the order in which replicas start, and the identity that they keep. From the pod stream alone."""

from __future__ import annotations

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .pods import controlled_by, controller, has_readiness_signal, moments
from .readiness import pod_trouble


def ordinal(pod: Object) -> int:
    return int(str(pod["metadata"]["name"]).rpartition("-")[2])


def check_ordered_start(history: History, uid: str) -> Finding:
    """At each pod's creation all lower ordinals were available and none of them was terminating."""
    guarantee = CATALOGUE["sts-ordered-start"]
    obj = history.seen("StatefulSet")[uid]
    spec = obj["spec"]
    subject = f"StatefulSet {obj['metadata']['name']}"
    terms = (f"replicas {spec.get('replicas', 1)}", f"podManagementPolicy {spec.get('podManagementPolicy', 'OrderedReady')}")
    mine = controlled_by({uid})
    start = int((spec.get("ordinals") or {}).get("start", 0))
    every = list(moments(history, mine, int(spec.get("minReadySeconds", 0))))
    created = [moment for moment in every if moment.version is not None and moment.version.type == "ADDED"]
    if not any(ordinal(moment.version.object) > start for moment in created if moment.version):
        return Finding(
            guarantee,
            subject,
            terms,
            vacuous=f"{len(created)} replica was created in the block: an order needs a second one",
            change="create the set (or scale it up) in the block, with at least 2 replicas",
        )
    if not has_readiness_signal(spec["template"]):
        return Finding(
            guarantee,
            subject,
            terms,
            vacuous="the template has no readiness signal: the order then only means that processes were started",
            change="spec.template.spec.containers[].readinessProbe: add one that answers when the replica can do its work",
        )
    breaches = []
    for moment in created:
        assert moment.version is not None
        new = ordinal(moment.version.object)
        states = {ordinal(pod.object): pod for pod in moment.pods.values()}
        missing = [n for n in range(start, new) if n not in states or not states[n].available]
        if missing:
            lines = tuple(
                f"{obj['metadata']['name']}-{n}  {states[n].condition if n in states else 'not created'}" for n in range(start, new)
            )
            breaches.append(Breach(f"{moment.version.name} was created while a lower replica was not available", moment.at, lines=lines))
    return Finding(
        guarantee,
        subject,
        terms,
        tuple(breaches),
        cause="podManagementPolicy Parallel creates replicas without waiting for one another"
        if breaches and spec.get("podManagementPolicy") == "Parallel"
        else "",
        change="spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)" if breaches else "",
        trigger=history.started,
        evidence={"order": tuple(moment.version.name for moment in created if moment.version)},
    )


def successor(history: History, kind: str, uid: str, victim: Object) -> Object | None:
    """The pod that a workload created after this one was deleted."""
    owner = controller(victim)
    for version in history.of("Pod"):
        if version.uid not in history.before("Pod") and controller(version.object) == owner:
            return history.seen("Pod")[version.uid]
    return None


def check_identity(history: History, kind: str, uid: str, victim_uid: str) -> Finding:
    """The pod that came after the victim has its name, its host name, its subdomain, its ordinal and its claims."""
    obj = history.seen(kind)[uid]
    victim = history.before("Pod")[victim_uid]
    subject = f"{kind} {obj['metadata']['name']}"
    terms = ("deleted: 1 pod",)
    new = successor(history, kind, uid, victim)
    deleted = next(
        (v.received for v in history.of("Pod") if v.uid == victim_uid and v.object["metadata"].get("deletionTimestamp")), history.started
    )
    breaches = []
    if new is None:
        breaches.append(Breach("no new pod was created", deleted, lines=(f"{victim['metadata']['name']}  {pod_trouble(victim)}",)))
    else:
        was, now = _identity(victim), _identity(new)
        changed = [key for key in was if was[key] != now[key]]
        if changed:
            lines = tuple(f"{key}: {was[key]} before, {now[key]} now" for key in changed)
            breaches.append(Breach(f"the new pod has another {' and '.join(changed)}", deleted, lines=lines))
        if was["host name"] != victim["metadata"]["name"]:
            breaches.append(
                Breach(
                    "the pod's host name is not its name", deleted, lines=(f"{victim['metadata']['name']}: {was['host name'] or '(none)'}",)
                )
            )
    stateless = kind != "StatefulSet"
    return Finding(
        CATALOGUE["sts-identity"],
        subject,
        terms,
        tuple(breaches),
        cause=f"a {kind} replaces a pod by another one with a name of its own" if breaches and stateless else "",
        change=("kind: StatefulSet" if stateless else "spec.serviceName, or what sets the host name in the template") if breaches else "",
        trigger=deleted,
        evidence={
            "name": new["metadata"]["name"] if new else "",
            "victim": victim_uid,
            "replacement": new["metadata"]["uid"] if new else "",
        },
    )


def _identity(pod: Object) -> dict[str, str]:
    claims = [one["persistentVolumeClaim"]["claimName"] for one in pod["spec"].get("volumes") or () if "persistentVolumeClaim" in one]
    return {
        "name": str(pod["metadata"]["name"]),
        "host name": str(pod["spec"].get("hostname") or ""),
        "subdomain": str(pod["spec"].get("subdomain") or ""),
        "claims": ", ".join(sorted(claims)),
    }
