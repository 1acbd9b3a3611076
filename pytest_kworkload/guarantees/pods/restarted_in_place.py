"""pod-restart-in-place: a container that ends is started again in the same pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...history.model import History
from ...objects.containers import container_state, end_of_run, statuses, versions
from ...objects.pods import deletion, finished
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from ..vacuous import created_in_the_block


def check_restarted_in_place(history: History, uid: str, container: str, restarts: int) -> Finding:
    """The container was started again `restarts` times, no other one was, and the pod is the same, alive and on its node."""
    pod = history.seen("Pod")[uid]
    policy = pod["spec"].get("restartPolicy", "Always")
    terms = (f"container {container}", f"expected: {counted(restarts, 'restart')}", f"restartPolicy {policy}")
    judging = Judging.of(CATALOGUE["pod-restart-in-place"], pod, *terms, trigger=history.started)
    if reason := created_in_the_block(history, pod, "nothing ran that could end"):
        return judging.vacuous(*reason)
    before, now = statuses(history.before("Pod")[uid]), statuses(pod)
    if container not in before:
        there = ", ".join(sorted(before))
        return judging.vacuous(f"the pod has no container {container}; it has: {there}", do="name one of these: container=")
    added = {name: int(now.get(name, {}).get("restartCount", 0)) - int(one.get("restartCount", 0)) for name, one in before.items()}
    every = (_last_end(statuses(one).get(container, {})) for one, _ in versions(history, uid))
    ends = list(dict.fromkeys(end for end in every if end is not None and end != _last_end(before[container])))
    gone = deletion(history, uid)
    if gone is not None:
        return judging.found(
            (Breach("the pod was deleted, and not only its container started again", gone.received),),
            cause="another pod in its place is not a restart",
            check="whether the block ends the container, and not the pod",
        )
    if not ends and not added[container]:
        why = f"container {container} did not end in the block, so it was not started again"
        return judging.vacuous(why, do="end its process in the block")
    evidence = {"restarts": added[container], "exit_codes": tuple(code for code, _ in ends)}
    lines = (f"{container}  {container_state(now.get(container, {}))}",)
    if finished(pod):
        return judging.found(
            (Breach(f"the pod's phase is {pod['status']['phase']}", lines=lines),),
            cause=f"restartPolicy {policy} does not start it again",
            change=f"spec.restartPolicy: Always (now {policy})",
        )
    if added[container] < restarts or "running" not in (now[container].get("state") or {}):
        return judging.found(
            (Breach(f"restarts: {added[container]}", lines=lines),),
            cause="the back-off between restarts grows: 10 s, then twice as long each time",
            check="whether timeout= leaves time for this many restarts=",
        )
    others = sorted(name for name, number in added.items() if number and name != container)
    return judging.found(
        (Breach(f"other containers were started again too: {', '.join(others)}"),) if others else (),
        check="what ends these containers: see their logs with logs(previous=True)",
        evidence=evidence,
    )


def _last_end(status: Mapping[str, Any]) -> tuple[int, str] | None:
    """The last end of a container that its status tells: exit code and time."""
    end = end_of_run(status) or (status.get("lastState") or {}).get("terminated")
    return (int(end.get("exitCode", 0)), str(end.get("finishedAt", ""))) if end else None
