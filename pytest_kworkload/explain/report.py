"""What is shown below a failed test: what was there when it failed."""

from __future__ import annotations

from ..errors import Unproven
from ..history.events import newest
from ..history.model import History, Object
from ..history.recording import Recording
from ..objects.readiness import pod_trouble, unready

PODS = 20
WELL = ("Ready", "Succeeded")


def described(recording: Recording) -> list[str]:
    """The namespace, its pods with what is wrong with them, and the newest events."""
    try:
        history = recording.since()
    except Unproven as error:
        return [str(error)]
    lines = [f"namespace {recording.namespace}: {recording.look} get all", *pods(history)]
    told = newest(history, count=8)
    if told:
        lines += ["newest events, warnings before others:", *(f"  {line}" for line in told)]
    return lines


def pods(history: History) -> list[str]:
    """The pods with what is wrong with them; if there is no room for all, those in trouble."""
    found = sorted(history.objects("Pod").values(), key=lambda pod: (_state(pod) in WELL, str(pod["metadata"]["name"])))
    lines = [f"  pod {pod['metadata']['name']} on {pod['spec'].get('nodeName') or '(no node)'}: {_state(pod)}" for pod in found[:PODS]]
    if len(found) > PODS:
        lines.append(f"  and {len(found) - PODS} more pods")
    return lines


def _state(pod: Object) -> str:
    if pod.get("status", {}).get("phase") == "Succeeded":
        return "Succeeded"
    return "Ready" if unready(pod) is None else pod_trouble(pod)
