"""sts-identity: a replica comes back under its own name, host name and claims."""

from __future__ import annotations

from collections.abc import Mapping

from ...history.model import History, Object, Version
from ...objects.pods import controller, created_after, deletion
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


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
    name, gone = str(victim["metadata"]["name"]), deletion(history, victim_uid)
    trigger = gone.received if gone is not None else None
    judging = Judging.of(CATALOGUE["sts-identity"], obj, "deleted: 1 pod", trigger=trigger, look=("PersistentVolumeClaim",))
    if gone is None:
        return judging.vacuous(f"{name} was not deleted, so nothing came back", do="delete() it in the block")
    new = successor(history, kind, uid, victim)
    if new is None:
        state = "still terminating" if victim_uid in history.objects("Pod") else "gone"
        return judging.found(
            [Breach("no new pod was created", gone.received, lines=(f"{name}  {state}",))],
            check="what keeps the controller from creating it: see its events",
            evidence={"name": "", "victim": victim_uid, "replacement": ""},
        )
    stateless = kind != "StatefulSet"
    return judging.found(
        _differences(gone, _identity(victim), _identity(new)),
        cause=f"a {kind} replaces a pod by another one with a name of its own" if stateless else "",
        change=f"kind: StatefulSet (now {kind})" if stateless else "",
        check="" if stateless else "what else gives the pods their names and claims: see what created the new one",
        evidence={"name": str(new["metadata"]["name"]), "victim": victim_uid, "replacement": new["metadata"]["uid"]},
    )


def _differences(gone: Version, was: Mapping[str, str], now: Mapping[str, str]) -> list[Breach]:
    changed = [key for key in was if was[key] != now[key]]
    if changed:
        lines = tuple(f"{key}: {was[key] or '(none)'} before, {now[key] or '(none)'} now" for key in changed)
        return [Breach(f"the new pod has another {' and another '.join(changed)}", gone.received, lines=lines)]
    if now["host name"] != now["name"]:
        return [Breach("the pod's host name is not its name", gone.received, lines=(f"{now['name']}: {now['host name']}",))]
    return []


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
