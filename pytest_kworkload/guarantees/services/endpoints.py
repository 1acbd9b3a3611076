"""svc-endpoints-ready: what a Service's EndpointSlices say about its pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ...history.model import History, Object
from ...objects.pods import finished, terminating
from ...objects.readiness import condition
from ...objects.service_states import LAG, ServiceState, selected_pods, service_states, slices_of
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted

Conditions = tuple[bool, bool, bool]  # ready, serving, terminating


@dataclass(frozen=True, slots=True)
class _Difference:
    """What the slices say wrongly of a pod (`said` None: that it is not there), by its uid."""

    uid: str
    said: Conditions | None


@dataclass(frozen=True, slots=True)
class _Lapse:
    """How long something wrong was said. `until` None: to the end of the window."""

    what: str
    at: datetime
    until: datetime | None = None


def terminating_pods(history: History, uid: str) -> list[str]:
    """The pods of the Service that are still terminating."""
    pods = selected_pods(history.seen("Service")[uid], history.objects("Pod")).values()
    return sorted(str(pod["metadata"]["name"]) for pod in pods if terminating(pod))


def wrong_endpoints(history: History, uid: str) -> list[str]:
    """What the slices say wrongly at the window's end; empty when they follow."""
    service = history.objects("Service").get(uid)
    if service is None:
        return ["the Service is gone"]
    return sorted(
        _differences(selected_pods(service, history.objects("Pod")), slices_of(history.objects("EndpointSlice"), service)).values()
    )


def check_endpoints(history: History, uid: str) -> Finding:
    """Hold the slices against the pods after every change of either; what they say may be as old as the controller's lag."""
    states = list(service_states(history, uid))
    service = states[-1].service
    seen = {one for state in states for one in state.pods}
    changes = sum(len(earlier.ready ^ later.ready) for earlier, later in pairwise(states))
    terms = (f"{counted(len(seen), 'pod')} seen", counted(changes, "change of readiness", "changes of readiness"))
    judging = Judging.of(CATALOGUE["svc-endpoints-ready"], service, *terms, trigger=history.started)
    if not seen:
        selector = ", ".join(f"{key}={value}" for key, value in (service["spec"].get("selector") or {}).items()) or "none"
        why = f"no pod has the labels that it selects ({selector})"
        return judging.vacuous(why, change=f"spec.selector: labels of the pod template (now {selector})")
    lapses = sorted(_lapses(states), key=lambda one: one.at)
    late = [Breach(one.what, one.at, one.until) for one in lapses if (one.until or history.ended) - one.at > LAG]
    if not late and changes == 0:
        why = "no pod became Ready or stopped being Ready, so there was nothing to follow"
        return judging.vacuous(why, do="let a pod become Ready, or stop being Ready, in the block")
    publishes = bool(service["spec"].get("publishNotReadyAddresses"))
    longest = max((one.until - one.at for one in lapses if one.until), default=timedelta())
    return judging.found(
        late,
        cause="it publishes pods that are not Ready"
        if publishes
        else "its EndpointSlices are not kept by Kubernetes' controller, or that controller is behind",
        change="spec.publishNotReadyAddresses: false (now true)" if publishes else "",
        check="" if publishes else "find what writes its EndpointSlices",
        evidence={"pods": len(seen), "changes": changes, "lag": longest.total_seconds()},
    )


def _lapses(states: Iterable[ServiceState]) -> Iterator[_Lapse]:
    """Everything that the slices say wrongly, from when it stopped being true, but at the earliest from when they last agreed.

    So slices that follow a pod in every step, each a little late, say nothing that is older than that; and those that stay as they
    are while the pod keeps changing have been behind since its first change.
    """
    was: Mapping[str, Conditions] = {}
    left: dict[_Difference, datetime] = {}  # when what was true of a pod stopped being so
    apart: dict[str, datetime] = {}  # since when the slices have not agreed with a pod
    lasting: dict[_Difference, _Lapse] = {}
    for state in states:
        now = _wanted(state.pods)
        left.update((_Difference(uid, was.get(uid)), state.at) for uid in was.keys() | now.keys() if was.get(uid) != now.get(uid))
        was = now
        wrong = _differences(state.pods, state.slices)
        for one in [one for one in lasting if one not in wrong]:
            yield replace(lasting.pop(one), until=state.at)
        apart = {one.uid: apart.get(one.uid, state.at) for one in wrong}
        for one, text in wrong.items():
            since = lasting.setdefault(one, _Lapse(text, max(apart[one.uid], left.get(one, apart[one.uid])))).at
            if state.at - since <= CACHE_LAG:  # a slice may be heard of before the change of the pod that it tells of
                lasting[one] = _Lapse(text, since)
    yield from lasting.values()


def _wanted(pods: Mapping[str, Object]) -> dict[str, Conditions]:
    """What the slices must say of each pod; nothing of one that has finished or has no address yet."""
    return {uid: _conditions(pod) for uid, pod in pods.items() if not finished(pod) and pod.get("status", {}).get("podIP")}


def _conditions(pod: Object) -> Conditions:
    serving = condition(pod, "Ready").get("status") == "True"
    return serving and not terminating(pod), serving, terminating(pod)


def _differences(pods: Mapping[str, Object], slices: Sequence[Object]) -> dict[_Difference, str]:
    """What the slices say wrongly of the Service's pods, in words."""
    listed: dict[str, set[Conditions]] = {}
    names: dict[str, str] = {}
    for one in slices:
        for endpoint in one.get("endpoints") or ():
            target, conditions = endpoint.get("targetRef") or {}, endpoint.get("conditions") or {}
            ready = bool(conditions.get("ready", True))
            uid = str(target.get("uid") or endpoint.get("addresses"))
            names[uid] = str(target.get("name") or endpoint.get("addresses"))
            listed.setdefault(uid, set()).add((ready, bool(conditions.get("serving", ready)), bool(conditions.get("terminating"))))
    differences, wanted = {}, _wanted(pods)
    for uid, right in wanted.items():
        name = pods[uid]["metadata"]["name"]
        for said in sorted(listed.get(uid, set()) - {right}):
            differences[_Difference(uid, said)] = f"{name} is listed as {_words(said)}, but it is {_words(right)}"
        if uid not in listed:
            differences[_Difference(uid, None)] = f"{name} is not listed, but it is {_words(right)}"
    for uid in sorted(listed.keys() - wanted.keys()):
        for said in sorted(listed[uid]):
            differences[_Difference(uid, said)] = f"{names[uid]} is listed, but there is no such pod of the Service"
    return differences


def _words(conditions: Conditions) -> str:
    ready, serving, ending = conditions
    if ready:
        return "ready"
    return f"terminating and {'serving' if serving else 'not serving'}" if ending else "not ready"
