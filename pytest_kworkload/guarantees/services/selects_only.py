"""svc-selects-only: a Service's selector against the pods of one workload, in every state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...history.model import History, Object
from ...objects.pods import controller, finished, terminating
from ...objects.service_states import selected_pods
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted

Labels = Mapping[str, str]

# Labels that controllers add to each pod: no selector should rest on them.
GENERATED = {"pod-template-hash", "controller-revision-hash", "pod-template-generation"}


@dataclass(frozen=True, slots=True)
class _State:
    """Between two changes, while the Service is there: its selector, the pods that it selects, and those of the workload."""

    at: datetime
    selector: Labels
    selected: Mapping[str, Object]
    owned: Mapping[str, Object]

    @property
    def wrong(self) -> dict[str, Object]:
        """The pods that are selected without being the workload's, and those that are left out; one that is terminating may be."""
        foreign = {uid: pod for uid, pod in self.selected.items() if uid not in self.owned}
        left_out = {uid: pod for uid, pod in self.owned.items() if uid not in self.selected and not terminating(pod)}
        return {**foreign, **left_out}


@dataclass(frozen=True, slots=True)
class _Mismatch:
    """A pod that was selected without being the workload's (`foreign`), or the other way round. `until` None: to the end."""

    pod: Object
    foreign: bool
    selector: Labels  # of that time
    at: datetime
    until: datetime | None = None


def check_selects_only(history: History, uid: str, kind: str, workload_uid: str) -> Finding:
    """While the Service is there, the pods that it selects are the workload's, all of them; finished pods do not count."""
    service, workload = history.seen("Service")[uid], history.seen(kind)[workload_uid]
    whose = f"{kind} {workload['metadata']['name']}"
    states = list(_states(history, uid, workload_uid))
    ignored = service["spec"].get("type") == "ExternalName"
    selected = set() if ignored else {pod for state in states for pod in state.selected}
    selector = _selector(service)
    terms = (f"selector {_pairs(selector)}", whose, f"selected in all: {counted(len(selected), 'pod')}")
    judging = Judging.of(CATALOGUE["svc-selects-only"], service, *terms, trigger=history.started, look=(kind,), since="the recording began")
    if ignored:
        return judging.vacuous(
            "an ExternalName Service selects nothing, whatever its selector says", change="spec.type: ClusterIP (now ExternalName)"
        )
    own = list({one: pod for state in reversed(states) for one, pod in state.owned.items()}.values())  # as they were at first
    if not own:
        return judging.vacuous(
            f"there was no pod of {whose} while the Service was there",
            do="apply both, with at least 1 replica, and wait_ready() before the call",
        )
    if not any(state.selector for state in states):
        why = "the Service has no selector: its endpoints are whatever somebody else writes"
        return judging.vacuous(why, change=f"spec.selector of {_name(service)}: {_pairs(_common(own))} (now none)")
    mismatches = sorted(_mismatches(states), key=lambda one: one.at)
    told = next((one for one in mismatches if one.until is None), mismatches[0] if mismatches else None)  # what lasts is explained first
    return judging.found(
        [_breach(one, history, whose) for one in mismatches],
        *(Advice() if told is None else _advice(told, mismatches, history, service, own)),
        evidence={"pods": len(selected), "selector": dict(selector)},
    )


def _states(history: History, uid: str, workload_uid: str) -> Iterator[_State]:
    """Every state in which the Service was there. A ReplicaSet passes its pods on to whoever controls it at that moment."""
    owner: dict[str, str | None] = {}  # of each ReplicaSet, as it was last: it may be gone before its pods
    for state in history.states_of("Service", "ReplicaSet", "Pod"):
        owner.update((one, controller(obj)) for one, obj in state.objects["ReplicaSet"].items())
        service = state.objects["Service"].get(uid)
        if service is None:
            yield _State(state.moment, {}, {}, {})
            continue
        pods = {one: pod for one, pod in state.objects["Pod"].items() if not finished(pod)}
        owned = {one: pod for one, pod in pods.items() if workload_uid in (controller(pod), owner.get(controller(pod) or ""))}
        yield _State(state.moment, _selector(service), selected_pods(service, pods), owned)


def _mismatches(states: Sequence[_State]) -> Iterator[_Mismatch]:
    """Every stretch in which one pod was wrongly selected, or wrongly left out.

    A pod is adopted or released when its controller learns of its labels: until then it may belong to either.
    """
    begun: dict[str, _Mismatch] = {}
    for state in states:
        wrong = state.wrong
        for one in [one for one, began in begun.items() if one not in wrong or (one in state.selected) is not began.foreign]:
            began = begun.pop(one)
            handed_over = began.foreign is (one in state.owned)
            if not handed_over or state.at - began.at > CACHE_LAG:
                yield replace(began, until=state.at)
        for one, pod in wrong.items():
            begun.setdefault(one, _Mismatch(pod, one in state.selected, state.selector, state.at))
    yield from begun.values()


def _breach(mismatch: _Mismatch, history: History, whose: str) -> Breach:
    name = mismatch.pod["metadata"]["name"]
    what = f"it selected {name}, which is not a pod of this {whose}" if mismatch.foreign else f"it did not select {name}, a pod of {whose}"
    of = "without a controller" if controller(mismatch.pod) is None else f"of {_top_owner(history, mismatch.pod)}"
    line = f"{name}  {_pairs(_labels(mismatch.pod))}  {of}; the selector was {_pairs(mismatch.selector)}"
    return Breach(what, mismatch.at, mismatch.until, (line,))


def _advice(told: _Mismatch, every: Sequence[_Mismatch], history: History, service: Object, own: Sequence[Object]) -> Advice:
    selector, field = _selector(service), f"spec.selector of {_name(service)}"
    if told.selector != selector:
        cause = f"the selector was {_pairs(told.selector)} then, and is {_pairs(selector)} at the end"
        return Advice(cause, check=f"find what patches {field}: meanwhile it leads to other pods, or to none")
    name = told.pod["metadata"]["name"]
    if told.foreign:
        foreign = [one.pod for one in every if one.foreign and one.selector == selector]
        of = "" if controller(told.pod) is None else f" of {_top_owner(history, told.pod)}"
        cause = f"{name}{of} has the labels that the selector asks for, {_pairs(selector)}"
        apart = {key: value for key, value in _common(own).items() if any(_labels(pod).get(key) != value for pod in foreign)}
        if all(any(_labels(pod).get(key) != value for key, value in apart.items()) for pod in foreign):
            return Advice(cause, change=f"{field}: {_pairs({**selector, **apart})} (now {_pairs(selector)})")
        key, value = next(iter(selector.items()))
        place = "metadata.labels" if controller(told.pod) is None else "spec.template.metadata.labels"
        return Advice(cause, change=f"{place}.{key} of {_top_owner(history, told.pod)}: any value but {value}")
    lacking = {key: value for key, value in selector.items() if _labels(told.pod).get(key) != value}
    at_first = _labels(history.versions_of("Pod", told.pod["metadata"]["uid"])[0])
    if not lacking.items() - at_first.items():
        now = {key: value for key, value in _labels(told.pod).items() if at_first.get(key) != value}
        cause = f"{name} was created with {_pairs(lacking)}, and relabelled: {_pairs(now) if now else 'without it'}"
        return Advice(cause, check=f"find what changes the labels of {name}")
    common = _common(own)
    kept = {key: common[key] for key in selector if key in common}
    cause = f"the selector asks for {_pairs(lacking)}, and {name} was created without it"
    return Advice(cause, change=f"{field}: {_pairs(kept or common)} (now {_pairs(selector)})")


def _common(pods: Sequence[Object]) -> dict[str, str]:
    """The labels that all of these pods have, but for those that a controller generates."""
    shared = set.intersection(*(set(_labels(pod).items()) for pod in pods))
    return {key: value for key, value in sorted(shared) if key not in GENERATED}


def _top_owner(history: History, pod: Object) -> str:
    """The controller of a pod's controller, as far up as was recorded: a Deployment rather than its ReplicaSet."""
    obj, owner = pod, f"Pod {pod['metadata']['name']}"
    while above := next((one for one in obj["metadata"].get("ownerReferences") or () if one["uid"] == controller(obj)), None):
        owner = f"{above['kind']} {above['name']}"
        known = history.seen(above["kind"]).get(above["uid"])
        if known is None:
            break
        obj = known
    return owner


def _name(service: Object) -> str:
    """A workload has a spec.selector too, so advice says whose is meant."""
    return f"Service {service['metadata']['name']}"


def _selector(service: Object) -> Labels:
    return dict(service["spec"].get("selector") or {})


def _labels(obj: Object) -> Labels:
    return obj["metadata"].get("labels") or {}


def _pairs(labels: Labels) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "none"
