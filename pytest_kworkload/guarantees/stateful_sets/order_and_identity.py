"""StatefulSets: the order in which replicas start, and the identity that they keep. From the pod stream alone."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.pods import controller, created_after, deletion, has_readiness_signal, ordinal
from ...objects.replicas import by_ordinal, management_policy, wanted_ordinals
from ...objects.steps import steps
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_ordered_start(history: History, uid: str) -> Finding:
    """At each pod's creation all lower ordinals were available and none of them was terminating."""
    obj = history.seen("StatefulSet")[uid]
    spec, name, managed = obj["spec"], obj["metadata"]["name"], management_policy(obj)
    terms = (f"replicas {spec.get('replicas', 1)}", f"podManagementPolicy {managed}")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-ordered-start"], f"StatefulSet {name}", terms, **parts)

    order: list[str] = []
    ordered = False
    breaches = []
    for step in steps(history, obj):
        new = step.created
        if new is None:
            continue
        order.append(new.name)
        lower = range(wanted_ordinals(obj).start, ordinal(new.object))
        ordered = ordered or len(lower) > 0
        states = by_ordinal(step.moment)
        late = [n for n in lower if n not in states or states[n].uid not in step.recent]
        if late:
            lines = tuple(f"{name}-{n}  {states[n].condition if n in states else 'not there'}" for n in late)
            breaches.append(Breach(f"{new.name} was created while a lower replica was not available", step.moment.at, lines=lines))
    if not ordered:
        return found(
            vacuous=f"replicas that the block created: {len(order)}, none above another one; an order needs two",
            change="create the set (or scale it up) in the block, with at least 2 replicas",
        )
    if not has_readiness_signal(spec["template"]):
        return found(
            vacuous="the template has no readiness signal: the order then only means that processes were started",
            change="spec.template.spec.containers[].readinessProbe: add one that answers when the replica can do its work",
        )
    cause, change = _why(managed)
    if managed == "Parallel" and not breaches:
        return found(vacuous=f"nothing but luck kept the order: {cause}", change=change)
    return found(
        breaches=tuple(breaches),
        cause=cause if breaches else "",
        change=change if breaches else "",
        trigger=history.started,
        evidence={"order": tuple(order)},
    )


def _why(managed: str) -> tuple[str, str]:
    if managed == "Parallel":
        return (
            "podManagementPolicy Parallel creates replicas without waiting for one another",
            "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)",
        )
    return "the controller should have waited; see who created the pod", "what creates pods of this set beside its controller"


def successor(history: History, kind: str, uid: str, victim: Object) -> Object | None:
    """The pod that the victim's controller created after it began to go; the one of the same name, if there are several."""
    gone = deletion(history, str(victim["metadata"]["uid"]))
    if gone is None:
        return None
    new = [one for one in created_after(history, gone) if controller(one.object) == controller(victim)]
    new.sort(key=lambda one: one.name != victim["metadata"]["name"])
    return history.seen("Pod")[new[0].uid] if new else None


def check_identity(history: History, kind: str, uid: str, victim_uid: str) -> Finding:
    """The pod that came after the victim has its name, its host name, its subdomain, its index and its claims."""
    obj, victim = history.seen(kind)[uid], history.before("Pod")[victim_uid]
    name = str(victim["metadata"]["name"])

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-identity"], f"{kind} {obj['metadata']['name']}", ("deleted: 1 pod",), **parts)

    gone = deletion(history, victim_uid)
    if gone is None:
        return found(vacuous=f"{name} was not deleted, so nothing came back", change="delete() it in the block")
    new = successor(history, kind, uid, victim)
    if new is None:
        state = "still terminating" if victim_uid in history.objects("Pod") else "gone"
        return found(
            breaches=(Breach("no new pod was created", gone.received, lines=(f"{name}  {state}",)),),
            change="what keeps the controller from creating it: see its events",
            trigger=gone.received,
            evidence={"name": "", "victim": victim_uid, "replacement": ""},
        )
    was, now = _identity(victim), _identity(new)
    changed = [key for key in was if was[key] != now[key]]
    breaches = []
    if changed:
        lines = tuple(f"{key}: {was[key] or '(none)'} before, {now[key] or '(none)'} now" for key in changed)
        breaches.append(Breach(f"the new pod has another {' and another '.join(changed)}", gone.received, lines=lines))
    elif now["host name"] != now["name"]:
        breaches.append(Breach("the pod's host name is not its name", gone.received, lines=(f"{name}: {now['host name']}",)))
    stateless = kind != "StatefulSet"
    return found(
        breaches=tuple(breaches),
        cause=f"a {kind} replaces a pod by another one with a name of its own" if breaches and stateless else "",
        change=("kind: StatefulSet" if stateless else "what else gives the pods their names and claims: see who created the new one")
        if breaches
        else "",
        trigger=gone.received,
        evidence={"name": str(new["metadata"]["name"]), "victim": victim_uid, "replacement": new["metadata"]["uid"]},
    )


def _identity(pod: Object) -> dict[str, str]:
    """What makes a replica itself. Without a `hostname` in its spec a pod's host name is its name."""
    name, labels = str(pod["metadata"]["name"]), pod["metadata"].get("labels") or {}
    claims = [one["persistentVolumeClaim"]["claimName"] for one in pod["spec"].get("volumes") or () if "persistentVolumeClaim" in one]
    return {
        "name": name,
        "host name": str(pod["spec"].get("hostname") or name),
        "subdomain": str(pod["spec"].get("subdomain") or ""),
        "index": str(labels.get("apps.kubernetes.io/pod-index") or ""),
        "claims": ", ".join(sorted(claims)),
    }
