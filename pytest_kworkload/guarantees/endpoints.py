"""svc-endpoints-ready, svc-terminating-endpoints: what a Service's EndpointSlices say about its pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .pods import finished, terminating
from .readiness import condition

# The controller gathers changes for up to a second; together with its queue the catalogue grants it five.
LAG = timedelta(seconds=5)
SERVICE_NAME = "kubernetes.io/service-name"

Conditions = tuple[bool, bool, bool]  # ready, serving, terminating


def slices_of(objects: Mapping[str, Object], service: Object) -> list[Object]:
    name = service["metadata"]["name"]
    return [one for one in objects.values() if (one["metadata"].get("labels") or {}).get(SERVICE_NAME) == name]


def selected(service: Object, pod: Object) -> bool:
    wanted, labels = service["spec"].get("selector") or {}, pod["metadata"].get("labels") or {}
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def ending(history: History, uid: str) -> list[str]:
    """The pods of the Service that are still terminating."""
    service = history.seen("Service")[uid]
    pods = history.objects("Pod").values()
    return sorted(str(pod["metadata"]["name"]) for pod in pods if selected(service, pod) and terminating(pod))


def behind(history: History, uid: str) -> list[str]:
    """What the slices say wrongly at the window's end; empty when they follow."""
    service = history.objects("Service").get(uid)
    if service is None:
        return ["the Service is gone"]
    return sorted(_differences(service, history.objects("Pod"), history.objects("EndpointSlice")).values())


def check_endpoints(history: History, uid: str) -> Finding:
    """Hold the slices against the pods after every change of either; each difference may last as long as the controller's lag."""
    service = history.seen("Service")[uid]
    pods, slices = dict(history.before("Pod")), dict(history.before("EndpointSlice"))
    ready = {one: _is_ready(pod) for one, pod in pods.items() if selected(service, pod)}
    seen, changes = set(ready), 0
    since: dict[str, tuple[datetime, str]] = {}
    late: list[tuple[datetime, datetime | None, str]] = []
    longest = timedelta()

    def look(at: datetime) -> Iterator[tuple[datetime, datetime | None, str]]:
        nonlocal longest
        differs = _differences(service, pods, slices)
        for key, (start, text) in list(since.items()):
            if differs.get(key) != text:
                del since[key]
                longest = max(longest, at - start)
                if at - start > LAG:
                    yield start, at, text
        for key, text in differs.items():
            since.setdefault(key, (at, text))

    late += look(history.started)
    for version in sorted((*history.of("Pod"), *history.of("EndpointSlice")), key=lambda one: (one.received, one.revision)):
        objects = pods if version.kind == "Pod" else slices
        if version.type == "DELETED":
            objects.pop(version.uid, None)
        else:
            objects[version.uid] = version.object
        if version.kind == "Pod" and selected(service, version.object):
            now = version.type != "DELETED" and _is_ready(version.object)
            changes += ready.get(version.uid, False) != now
            ready[version.uid] = now
            seen.add(version.uid)
        late += look(version.received)
    late += [(start, None, text) for start, text in since.values() if history.ended - start > LAG]

    def found(**parts: Any) -> Finding:
        terms = (f"{len(seen)} pods seen", f"{changes} changes of readiness")
        return Finding(CATALOGUE["svc-endpoints-ready"], f"Service {service['metadata']['name']}", terms, trigger=history.started, **parts)

    selector = ", ".join(f"{key}={value}" for key, value in (service["spec"].get("selector") or {}).items())
    if not seen:
        return found(
            vacuous=f"no pod has the labels that it selects ({selector or 'none'})", change="spec.selector: labels of the pods' template"
        )
    breaches = tuple(Breach(text, start, end) for start, end, text in sorted(late, key=lambda one: one[0]))
    if breaches and service["spec"].get("publishNotReadyAddresses"):
        cause, change = "it publishes pods that are not Ready", "spec.publishNotReadyAddresses: false (now true)"
    elif breaches:
        cause, change = "its EndpointSlices are not kept by Kubernetes' controller, or that is behind", "who writes its EndpointSlices"
    else:
        cause = change = ""
    if not breaches and changes == 0:
        return found(vacuous="no pod became Ready or stopped being so, so there was nothing to follow", change="change that in the block")
    return found(
        breaches=breaches, cause=cause, change=change, evidence={"pods": len(seen), "changes": changes, "lag": longest.total_seconds()}
    )


def _is_ready(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True" and not terminating(pod) and not finished(pod)


def _wanted(pod: Object) -> Conditions:
    serving = condition(pod, "Ready").get("status") == "True"
    return serving and not terminating(pod), serving, terminating(pod)


def _differences(service: Object, pods: Mapping[str, Object], slices: Mapping[str, Object]) -> dict[str, str]:
    """What the slices say wrongly, by the pod's uid."""
    told: dict[str, set[Conditions]] = {}
    names: dict[str, str] = {}
    for one in slices_of(slices, service):
        for endpoint in one.get("endpoints") or ():
            target, conditions = endpoint.get("targetRef") or {}, endpoint.get("conditions") or {}
            ready = bool(conditions.get("ready", True))
            uid = str(target.get("uid") or endpoint.get("addresses"))
            names[uid] = str(target.get("name") or endpoint.get("addresses"))
            told.setdefault(uid, set()).add((ready, bool(conditions.get("serving", ready)), bool(conditions.get("terminating"))))
    listed = {uid: pod for uid, pod in pods.items() if selected(service, pod) and not finished(pod) and pod.get("status", {}).get("podIP")}
    found = {}
    for uid, pod in listed.items():
        for said in sorted(told.get(uid, set()) - {_wanted(pod)}):
            found[uid] = f"{pod['metadata']['name']} is listed as {_words(said)}, and it is {_words(_wanted(pod))}"
        if uid not in told:
            found[uid] = f"{pod['metadata']['name']} is not listed, and it is {_words(_wanted(pod))}"
    for uid in told.keys() - listed.keys():
        found[uid] = f"{names[uid]} is listed, and there is no such pod of the Service"
    return found


def _words(conditions: Conditions) -> str:
    ready, serving, ending = conditions
    if ready:
        return "ready"
    return f"terminating and {'serving' if serving else 'not serving'}" if ending else "not ready"
