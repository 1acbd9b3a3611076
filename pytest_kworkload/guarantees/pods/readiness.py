"""pod-readiness: a pod is Ready, and was not before its readiness gates, its startup probes and its initial delays allowed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object
from ...objects.availability import WHOLE_SECONDS
from ...objects.containers import mains, stamp, statuses, versions
from ...objects.pods import finished, has_readiness_signal
from ...objects.readiness import condition, pod_trouble, unready
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, Reason

GUARANTEE = CATALOGUE["pod-readiness"]
STARTUP, DELAY = "startupProbe", "initialDelaySeconds"


def check_pod_ready(pod: Object) -> Finding:
    """The pod is Ready, and that means more than that its processes were started."""
    gates = (str(one["conditionType"]) for one in pod["spec"].get("readinessGates") or ())
    judging = Judging.of(GUARANTEE, pod, *(f"readiness gate {one}" for one in gates))
    if not has_readiness_signal(pod):
        return judging.vacuous(
            "the pod has no readiness signal: it is Ready as soon as its processes are started",
            change="spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    what = f"its phase is {pod['status']['phase']}" if finished(pod) else "" if unready(pod) is None else "it is not Ready"
    every = statuses(pod)
    return judging.found(
        (Breach(what, lines=(pod_trouble(pod),)),) if what else (),
        check="what its state names: see its events and logs",
        evidence={"node": str(pod["spec"].get("nodeName", "")), "containers": tuple(one for one in mains(pod) if one in every)},
    )


def check_not_ready_before(history: History, uid: str, what: str) -> Finding:
    """When the pod became Ready, `what` (a gate's type, or one of the two above) allowed it, and had held it back before."""
    pod = history.seen("Pod")[uid]
    judging = Judging.of(GUARANTEE, pod, f"not Ready before {what}", trigger=history.started)
    if not _has(pod, what):
        return judging.vacuous(*_nothing_to_wait_for(what))
    allowed, waits = _rules(what)
    was_ready, held, ready = False, None, None
    for obj, version in versions(history, uid):
        at, is_ready = version.received if version else history.started, condition(obj, "Ready").get("status") == "True"
        if is_ready and not was_ready and version is not None:
            ready = ready or at
            if not allowed(obj):
                return judging.found(
                    (Breach(f"it became Ready before {what} allowed it", at, lines=_lines(obj, what)),),
                    cause="somebody else wrote its condition Ready",
                    check="what, other than its kubelet, writes the pod's status",
                )
        held = held or (at if not is_ready and waits(obj) else None)
        was_ready = is_ready
    if ready is None:
        return judging.vacuous("the pod did not become Ready in the block", do="apply it in the block")
    if held is None:
        return judging.vacuous(*_held_nothing_back(pod, what))
    return judging.found(evidence={"seconds": (ready - held).total_seconds()})


def _has(pod: Object, what: str) -> bool:
    return bool(_gates(pod, what) if what not in (STARTUP, DELAY) else _probed(pod, what))


def _gates(pod: Object, what: str) -> list[Any]:
    return [one for one in pod["spec"].get("readinessGates") or () if one["conditionType"] == what]


def _probed(pod: Object, what: str) -> dict[str, int]:
    """The containers with a startup probe, or with an initial delay of their readiness probe, in seconds."""
    if what == STARTUP:
        return {str(one["name"]): 0 for one in pod["spec"]["containers"] if STARTUP in one}
    delays = {str(one["name"]): int((one.get("readinessProbe") or {}).get(DELAY, 0)) for one in pod["spec"]["containers"]}
    return {name: seconds for name, seconds in delays.items() if seconds > 1}  # times are in whole seconds


def _rules(what: str) -> tuple[Callable[[Object], bool], Callable[[Object], bool]]:
    """Whether a version of the pod may be Ready; whether it is only this that it waits for."""
    if what == STARTUP:
        return (
            lambda pod: all(statuses(pod).get(one, {}).get("started") for one in _probed(pod, what)),
            lambda pod: any(_running(statuses(pod).get(one, {})) and not statuses(pod)[one].get("started") for one in _probed(pod, what)),
        )
    if what == DELAY:
        return _delays_over, lambda pod: any(_running(statuses(pod).get(one, {})) for one in _probed(pod, what))
    return (
        lambda pod: condition(pod, what).get("status") == "True",
        lambda pod: condition(pod, what).get("status") != "True" and _all_ready(pod),
    )


def _delays_over(pod: Object) -> bool:
    since = stamp(condition(pod, "Ready").get("lastTransitionTime"))
    return all(
        since is None
        or (start := _start(statuses(pod).get(one, {}))) is None
        or since >= start + timedelta(seconds=seconds) - WHOLE_SECONDS
        for one, seconds in _probed(pod, DELAY).items()
    )


def _all_ready(pod: Object) -> bool:
    return all(statuses(pod).get(one, {}).get("ready") for one in mains(pod))


def _running(status: Mapping[str, Any]) -> bool:
    return "running" in (status.get("state") or {})


def _start(status: Mapping[str, Any]) -> datetime | None:
    return stamp(((status.get("state") or {}).get("running") or {}).get("startedAt"))


def _lines(pod: Object, what: str) -> tuple[str, ...]:
    if what not in (STARTUP, DELAY):
        return (f"condition {what}: {condition(pod, what).get('status', 'not there')}",)
    every = statuses(pod)
    return tuple(
        f"{one}  running since {_start(every.get(one, {}))}, started {every.get(one, {}).get('started')}" for one in _probed(pod, what)
    )


def _nothing_to_wait_for(what: str) -> Reason:
    if what == STARTUP:
        change = f"spec.containers[].{STARTUP}: one that answers when the program has started (now none)"
        return Reason(f"the pod has no container with a {STARTUP}", change)
    if what == DELAY:
        return Reason(f"the pod has no readiness probe with {DELAY} of 2 or more", f"spec.containers[].readinessProbe.{DELAY}: 2 or more")
    return Reason(f"the pod has no readiness gate {what}", f"spec.readinessGates: [{{conditionType: {what}}}]")


def _held_nothing_back(pod: Object, what: str) -> Reason:
    why = f"{what} held nothing back: it allowed the pod to be Ready from the start"
    if what == STARTUP:
        return Reason(why, f"spec.containers[].{STARTUP}: one that answers only after a while")
    if what == DELAY:
        return Reason(why, f"spec.containers[].readinessProbe.{DELAY}: more (now {max(_probed(pod, what).values())})")
    return Reason(why, do=f"set the condition {what} in the block, when the containers are ready")
