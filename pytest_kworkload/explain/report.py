"""What stands beside a failed test: what was there when it failed."""

from __future__ import annotations

from ..errors import Unproven
from ..guarantees.readiness import pod_trouble, unready
from ..history.events import newest
from ..history.model import History
from ..history.recording import Recording

PODS = 20


def described(recording: Recording) -> list[str]:
    """The namespace, its pods with what troubles them, and the newest events."""
    try:
        history = recording.since()
    except Unproven as error:
        return [str(error)]
    lines = [f"namespace {recording.namespace}: {recording.look} get all", *pods(history)]
    told = newest(history, count=8)
    if told:
        lines += ["newest events (warnings first of all):", *(f"  {line}" for line in told)]
    return lines


def pods(history: History) -> list[str]:
    found = sorted(history.objects("Pod").values(), key=lambda pod: str(pod["metadata"]["name"]))
    lines = []
    for pod in found[:PODS]:
        state = pod_trouble(pod) if unready(pod) or pod["metadata"].get("deletionTimestamp") else "Ready"
        lines.append(f"  pod {pod['metadata']['name']} on {pod['spec'].get('nodeName') or '(no node)'}: {state}")
    if len(found) > PODS:
        lines.append(f"  and {len(found) - PODS} more pods")
    return lines
