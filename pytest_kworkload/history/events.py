"""What the cluster's components said about objects: Kubernetes' Events. Hints for a reader, never proof: they may be lost."""

from __future__ import annotations

from collections.abc import Iterator

from .model import History, Object

NEWEST = 5


def events(history: History, *uids: str) -> Iterator[Object]:
    """The Events of a window in the order in which they came, of all objects or of those with these uids."""
    for version in history.of("Event"):
        if version.type == "DELETED":
            continue
        if not uids or version.object.get("involvedObject", {}).get("uid") in uids:
            yield version.object


def line(event: Object) -> str:
    """An Event as a reader wants it, for example: Warning FailedCreate ReplicaSet/web: exceeded quota."""
    about = event.get("involvedObject", {})
    message = " ".join(str(event.get("message", "")).split())
    return f"{event.get('type', 'Normal')} {event.get('reason', '')} {about.get('kind')}/{about.get('name')}: {message}"


def newest(history: History, *uids: str, count: int = NEWEST) -> list[str]:
    """The last lines, each one once; if there is no room for all, warnings come before normal events."""
    lines: dict[str, None] = {}
    for event in events(history, *uids):
        text = line(event)
        lines.pop(text, None)
        lines[text] = None
    every = list(lines)
    weighed = sorted(every, key=lambda text: text.startswith("Warning"))  # stable: warnings last, each type in its order
    chosen = set(weighed[-count:])
    return [text for text in every if text in chosen]
