"""dns-pod-identity: <pod>.<service> leads to the pod of that name. What the API tells the DNS server, not what that answers."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, replacement, terminating
from ...objects.service_states import slices_of
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def governing_service(history: History, uid: str) -> Object | None:
    """The Service that a StatefulSet names, if it is headless."""
    name = history.seen("StatefulSet")[uid]["spec"].get("serviceName")
    service = next((one for one in history.objects("Service").values() if one["metadata"]["name"] == name), None)
    return service if service is not None and service["spec"].get("clusterIP") == "None" else None


def wrong_names(history: History, uid: str) -> list[str]:
    """The names that do not lead to their pod at the window's end, each with what they lead to."""
    service = governing_service(history, uid)
    if service is None:
        return []
    slices = slices_of(history.objects("EndpointSlice"), service)
    endpoints = [one for piece in slices for one in piece.get("endpoints") or ()]
    texts = []
    for pod in _replicas(history, uid):
        name, own = str(pod["metadata"]["name"]), _addresses(pod)
        mine = [one for one in endpoints if one.get("hostname") == name]
        right = [one for one in mine if (one.get("targetRef") or {}).get("uid") == pod["metadata"]["uid"] and own & {*one["addresses"]}]
        wrong = [one for one in mine if one not in right and (one.get("conditions") or {}).get("ready", True)]
        if wrong or not any((one.get("conditions") or {}).get("ready", True) for one in right):
            there = ", ".join(str(address) for one in mine for address in one["addresses"]) or "nothing"
            texts.append(f"{name}.{service['metadata']['name']} leads to {there}, but the pod has {', '.join(sorted(own)) or 'none'}")
    return texts


def check_stable_dns(history: History, uid: str, victim_uid: str) -> Finding:
    """Every replica, and the one that was replaced above all, can be found by its name."""
    stateful_set, victim = history.seen("StatefulSet")[uid], history.before("Pod")[victim_uid]
    name = stateful_set["spec"].get("serviceName") or ""
    judging = Judging.of(CATALOGUE["dns-pod-identity"], stateful_set, f"serviceName {name or '(none)'}", look=("Service",))
    services = {str(one["metadata"]["name"]): one for one in history.objects("Service").values()}
    if name not in services:
        text = f"there is no Service {name}" if name else "it names no Service"
        there = f" (there: {', '.join(sorted(services))})" if services else ""
        return judging.found([Breach(f"{text}{there}")], change=f"spec.serviceName: a headless Service (now {name or 'none'})")
    if services[name]["spec"].get("clusterIP") != "None":
        breach = Breach(f"Service {name} has an address of its own")
        return judging.found([breach], cause="only a headless Service gives pods names", change=f"spec.clusterIP of Service {name}: None")
    new = replacement(history, "StatefulSet", uid, victim)
    if new is None:
        why = "no replica was replaced, so no name had to move"
        return judging.vacuous(why, do="find what keeps the controller from replacing a pod")
    return judging.found(
        map(Breach, wrong_names(history, uid)),
        change=f"spec.selector of Service {name}: labels of the pod template",
        evidence={
            "names": tuple(f"{pod['metadata']['name']}.{name}" for pod in _replicas(history, uid)),
            "victim": victim_uid,
            "replacement": new["metadata"]["uid"],
        },
    )


def _addresses(pod: Object) -> set[str]:
    """One of each family: the slices of a family are made from it."""
    status = pod.get("status", {})
    every = (status.get("podIP"), *(one["ip"] for one in status.get("podIPs") or ()))
    return {str(address) for address in every if address}


def _replicas(history: History, uid: str) -> list[Object]:
    mine = controlled_by({uid})
    alive = [pod for pod in history.objects("Pod").values() if mine(pod) and not terminating(pod) and not finished(pod)]
    return sorted(alive, key=lambda pod: str(pod["metadata"]["name"]))
