"""pod-readiness: a pod is not Ready before its readiness gates, its startup probes and its initial delays allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object
from ...objects.availability import WHOLE_SECONDS
from ...objects.containers import mains, stamp, statuses, versions
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

GUARANTEE = CATALOGUE["pod-readiness"]
STARTUP, DELAY = "startupProbe", "initialDelaySeconds"


def check_held_back(history: History, uid: str, what: str) -> Finding:
    """When the pod became Ready, `what` (a gate's type, or one of the two above) allowed it, and had held it back before."""
    pod = history.seen("Pod")[uid]

    def found(**parts: Any) -> Finding:
        return Finding(GUARANTEE, f"Pod {pod['metadata']['name']}", (f"not Ready before {what}",), **parts)

    if not _has(pod, what):
        return found(vacuous=f"the pod has no {_field(what)}", change=f"spec.{_path(what)}")
    allowed, waits = _rules(what)
    before, held, ready = False, None, None
    for obj, version in versions(history, uid):
        at, is_ready = version.received if version else history.started, condition(obj, "Ready").get("status") == "True"
        if is_ready and not before and version is not None:
            ready = ready or at
            if not allowed(obj):
                breach = Breach(f"it became Ready before {what} allowed it", at, lines=_lines(obj, what))
                return found(
                    breaches=(breach,),
                    cause="somebody else wrote its condition Ready",
                    change="what writes the pod's status",
                    trigger=history.started,
                )
        held = held or (at if not is_ready and waits(obj) else None)
        before = is_ready
    if ready is None:
        return found(vacuous="the pod did not become Ready in the block", change="apply it in the block")
    if held is None:
        return found(vacuous=f"{what} held nothing back: it allowed the pod to be Ready from the start", change=_later(what))
    return found(evidence={"seconds": (ready - held).total_seconds()}, trigger=history.started)


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


def _field(what: str) -> str:
    return {STARTUP: "container with a startupProbe", DELAY: f"readiness probe with {DELAY} of 2 or more"}.get(
        what, f"readiness gate {what}"
    )


def _path(what: str) -> str:
    return {STARTUP: f"containers[].{STARTUP}", DELAY: f"containers[].readinessProbe.{DELAY}: 2 or more"}.get(
        what, f"readinessGates: [{{conditionType: {what}}}]"
    )


def _later(what: str) -> str:
    if what in (STARTUP, DELAY):
        return f"spec.{_path(what)}: one that takes a while"
    return f"set the condition {what} in the block, when the containers are ready"
