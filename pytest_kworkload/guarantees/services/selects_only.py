"""svc-selects-only: a Service's selector against the pods of one workload, in every state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ...history.model import History, Object
from ...objects.pods import belonging_to, controller, finished, terminating
from ...objects.service_states import selected_pods
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A pod that was selected without being the workload's (`foreign`), or the other way round, for a stretch of time."""

    pod: Object
    foreign: bool
    at: datetime
    until: datetime | None  # None: to the window's end

    def breach(self, workload: Object) -> Breach:
        name, whose = self.pod["metadata"]["name"], f"{workload['kind']} {workload['metadata']['name']}"
        what = f"it selected {name}, which is not a pod of {whose}" if self.foreign else f"it did not select {name}, a pod of {whose}"
        return Breach(what, self.at, self.until, (f"{name}  {_pairs(self.pod['metadata'].get('labels'))}  of {_owner(self.pod)}",))


def check_selects_only(history: History, uid: str, kind: str, workload_uid: str) -> Finding:
    """In every state the pods that the Service selects are those of the workload, and all of them; finished pods do not count."""
    service, workload = history.seen("Service")[uid], history.seen(kind)[workload_uid]
    selector = service["spec"].get("selector") or {}
    selected = {pod for state in history.states_of("Service", "Pod") for pod in _selected(state.objects, uid)}
    owned = [pod for pod in history.seen("Pod").values() if belonging_to(history, kind, workload_uid)(pod)]
    terms = (f"selector {_pairs(selector)}", f"{kind} {workload['metadata']['name']}", f"{counted(len(selected), 'pod')} selected")
    judging = replace(
        Judging.of(CATALOGUE["svc-selects-only"], service, *terms, trigger=history.started, look=(kind,)), since="the recording began"
    )
    if not selector:
        return judging.vacuous(
            "the Service has no selector: somebody else writes its endpoints",
            change=f"spec.selector: {_pairs(_labels(workload))} (now none)",
        )
    if not owned:
        return judging.vacuous(f"the {kind} has had no pod since the test began", do="wait_ready() before, with at least 1 replica")
    mismatches = list(_mismatches(history, uid, kind, workload_uid))
    return judging.found(
        [one.breach(workload) for one in mismatches],
        *(_advice(mismatches[0], service, workload) if mismatches else Advice()),
        evidence={"pods": len(selected), "selector": dict(selector)},
    )


def _selected(objects: Mapping[str, Mapping[str, Object]], uid: str) -> dict[str, Object]:
    service = objects["Service"].get(uid)
    return {} if service is None else {one: pod for one, pod in selected_pods(service, objects["Pod"]).items() if not finished(pod)}


def _mismatches(history: History, uid: str, kind: str, workload_uid: str) -> Iterator[Mismatch]:
    """Every stretch in which one pod was wrongly selected, or wrongly left out, in the order of their beginnings.

    A pod that is relabelled is adopted or released when its controller learns of it: so long it may be either's.
    """
    mine = belonging_to(history, kind, workload_uid)
    open_: dict[str, Mismatch] = {}
    closed: list[Mismatch] = []
    for state in history.states_of("Service", "Pod"):
        now: dict[str, bool] = {}
        if uid in state.objects["Service"]:
            selected = _selected(state.objects, uid)
            now = {one: True for one, pod in selected.items() if not mine(pod)}
            for one, pod in state.objects["Pod"].items():
                if mine(pod) and one not in selected and not finished(pod) and not terminating(pod):
                    now[one] = False
        for one in [one for one, began in open_.items() if now.get(one) is not began.foreign]:
            began = open_.pop(one)
            handed_over = one in state.objects["Pod"] and mine(state.objects["Pod"][one]) is began.foreign
            if not handed_over or state.moment - began.at > CACHE_LAG:
                closed.append(Mismatch(began.pod, began.foreign, began.at, state.moment))
        for one, foreign in now.items():
            open_.setdefault(one, Mismatch(state.objects["Pod"][one], foreign, state.moment, None))
    yield from sorted((*closed, *open_.values()), key=lambda mismatch: mismatch.at)


def _advice(first: Mismatch, service: Object, workload: Object) -> Advice:
    selector, labels = service["spec"].get("selector") or {}, _labels(workload)
    wrong = {key: value for key, value in selector.items() if labels.get(key) != value}
    if wrong:
        right = {key: labels[key] for key in wrong if key in labels} or labels
        cause = f"the selector asks for {_pairs(wrong)}, which the {workload['kind']}'s template does not have"
        kept = {key: value for key, value in selector.items() if key not in wrong}
        return Advice(cause, change=f"spec.selector: {_pairs({**kept, **right})} (now {_pairs(selector)})")
    if not first.foreign:
        return Advice("the pod's labels were changed after it was created", check="find what changes labels of pods of this workload")
    other = first.pod["metadata"].get("labels") or {}
    cause = f"{first.pod['metadata']['name']} has the labels too: {_pairs(selector)}"
    apart = {key: value for key, value in labels.items() if other.get(key) != value}
    if apart:
        return Advice(cause, change=f"spec.selector: {_pairs({**selector, **apart})} (now {_pairs(selector)})")
    key, value = next(iter(selector.items()))
    whose = f"Pod {first.pod['metadata']['name']}" if controller(first.pod) is None else f"the pods of {_owner(first.pod)}"
    return Advice(cause, change=f"metadata.labels of {whose}: another {key} (now {value})")


def _labels(workload: Object) -> dict[str, str]:
    """What every pod of the workload has, but for what its controller adds."""
    return dict(workload["spec"]["template"]["metadata"].get("labels") or {})


def _owner(pod: Object) -> str:
    owner = next((one for one in pod["metadata"].get("ownerReferences") or () if one["uid"] == controller(pod)), None)
    return f"{owner['kind']} {owner['name']}" if owner else "no controller"


def _pairs(labels: Mapping[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "none"
