"""pod-restart-in-place: a container that ends is started again in the same pod."""

from __future__ import annotations

from typing import Any

from ...history.model import History
from ...objects.containers import container_state, end_of_run, statuses, versions
from ...objects.pods import deletion, finished
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_restarted(history: History, uid: str, container: str, restarts: int) -> Finding:
    """The container was started so many times again, no other one was, and the pod is the same, alive and on its node."""
    pod = history.seen("Pod")[uid]
    policy = pod["spec"].get("restartPolicy", "Always")
    terms = (f"container {container}", f"expected: {restarts} restart{'' if restarts == 1 else 's'}", f"restartPolicy {policy}")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pod-restart-in-place"], f"Pod {pod['metadata']['name']}", terms, **parts)

    if uid not in history.before("Pod"):
        return found(vacuous="the block created the pod, so nothing ran that could end", change="wait_ready() before the block")
    before, now = statuses(history.before("Pod")[uid]), statuses(pod)
    if container not in before:
        return found(vacuous=f"no container {container} runs in it; there: {', '.join(sorted(before))}", change="container=: one of these")
    count = {name: int(now.get(name, {}).get("restartCount", 0)) - int(one.get("restartCount", 0)) for name, one in before.items()}
    ends = (_end(statuses(one).get(container, {})) for one, _ in versions(history, uid))
    seen = list(dict.fromkeys(end for end in ends if end is not None and end != _end(before[container])))
    gone = deletion(history, uid)
    if gone is not None:
        return found(
            breaches=(Breach("the pod was deleted, and not only its container started again", gone.received),),
            cause="another pod in its place is not a restart",
            change="end the container in the block, not the pod",
            trigger=history.started,
        )
    if not seen and not count[container]:
        return found(vacuous=f"container {container} did not end in the block, so it was not started again", change="end its process")
    breaches = []
    cause, change = "", ""
    if finished(pod):
        breaches.append(
            Breach(f"the pod's phase is {pod['status']['phase']}", lines=(f"{container}  {container_state(now.get(container, {}))}",))
        )
        cause, change = f"restartPolicy {policy} does not start it again", f"spec.restartPolicy: Always (now {policy})"
    elif count[container] < restarts or "running" not in (now[container].get("state") or {}):
        breaches.append(Breach(f"restarts: {count[container]}", lines=(f"{container}  {container_state(now[container])}",)))
        cause, change = "the time between restarts grows, 10 s and doubling", "timeout: longer; or fewer restarts"
    elif others := sorted(name for name, n in count.items() if n and name != container):
        breaches.append(Breach(f"other containers were started again too: {', '.join(others)}"))
        change = "what ends these containers: see their logs with logs(previous=True)"
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        evidence={"restarts": count[container], "exit_codes": tuple(code for code, _ in seen)},
    )


def _end(status: Any) -> tuple[int, str] | None:
    """The last end of a container that its status tells: exit code and time."""
    end = end_of_run(status) or (status.get("lastState") or {}).get("terminated")
    return (int(end.get("exitCode", 0)), str(end.get("finishedAt", ""))) if end else None
