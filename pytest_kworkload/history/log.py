"""What one recording has seen so far: the recorder's threads write it, the test reads snapshots. Held under one lock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .model import Gap, Version

MIB = 1 << 20


class Log:
    """The versions of one namespace (None: of all) and of the cluster-scoped objects, in the order of receipt.

    Within one kind that is the order in which the API server committed them; across kinds it is not: each kind has a
    connection of its own.
    """

    def __init__(
        self, namespace: str | None, lock: threading.RLock, live: Mapping[str, Mapping[str, Version]], limit: int, now: datetime
    ) -> None:
        self.namespace = namespace
        self.changed = threading.Condition(lock)
        self.started = now
        self.received: list[Version] = []
        self.gaps: list[Gap] = []
        self.live: dict[str, dict[str, Version]] = {}
        self.seen: dict[str, dict[str, int]] = {}
        self.first: dict[str, tuple[Version, ...]] = {}
        self.sequence = 0  # grows with everything that a waiting caller may want to look at
        self.size = 0
        self.limit = limit
        self.overflow: str | None = None
        for kind, objects in live.items():
            self.begin(kind, objects.values())

    def concerns(self, version: Version) -> bool:
        return self.namespace is None or version.namespace in (self.namespace, "")

    def begin(self, kind: str, objects: Any) -> None:
        """A kind is recorded from here on; these objects are alive."""
        alive = {one.uid: one for one in objects if self.concerns(one)}
        self.live[kind] = alive
        self.first[kind] = tuple(alive.values())
        self.seen[kind] = {uid: one.revision for uid, one in alive.items()}
        self.notify()

    def end(self, gap: Gap) -> None:
        """A kind is no longer recorded."""
        self.live.pop(gap.kind, None)
        self.gap(gap)

    def add(self, version: Version, size: int) -> None:
        if self.overflow is not None:
            return
        self.size += size
        if self.size > self.limit:
            # Stop instead of forgetting the oldest: a verdict over half a history would be a guess.
            whose = f"namespace {self.namespace}" if self.namespace else "the cluster"
            self.overflow = f"the history of {whose} passed its limit of {self.limit / MIB:g} MiB after {len(self.received)} versions"
            self.notify()
            return
        self.received.append(version)
        self.seen[version.kind][version.uid] = version.revision
        if version.type == "DELETED":
            self.live[version.kind].pop(version.uid, None)
        else:
            self.live[version.kind][version.uid] = version
        self.notify()

    def gap(self, gap: Gap) -> None:
        self.gaps.append(gap)
        self.notify()

    def notify(self) -> None:
        self.sequence += 1
        self.changed.notify_all()

    def wait(self, sequence: int, seconds: float) -> bool:
        """Wait until something is noted after `sequence`; whether that happened in time."""
        with self.changed:
            return self.changed.wait_for(lambda: self.sequence != sequence, seconds)

    def alive(self) -> dict[str, tuple[Version, ...]]:
        return {kind: tuple(objects.values()) for kind, objects in self.live.items()}


def share(new: Any, old: Any) -> bool:
    """Replace the parts of `new` that are the same in `old` with those of `old`; whether everything is the same.

    Most of an object stays the same from version to version (its spec above all): sharing it keeps a long history small.
    """
    if type(new) is not type(old):  # 1 == True == 1.0 in Python, but not in JSON
        return False
    if isinstance(new, dict):
        same = len(new) == len(old)
        for key, value in new.items():
            if key in old and share(value, old[key]):
                new[key] = old[key]
            else:
                same = False
        return same
    if isinstance(new, list):
        same = len(new) == len(old)
        for n, (value, before) in enumerate(zip(new, old, strict=False)):
            if share(value, before):
                new[n] = before
            else:
                same = False
        return same
    return bool(new == old)
