"""The recorder: one list and watch per kind for as long as it lives, and a log for each namespace that a test owns."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ..errors import ClusterError, Inconclusive
from .deadline import Deadline
from .follower import Follower
from .log import MIB, Log, share
from .model import Gap, Version
from .source import Event, Identities, Listing, Source

# In the order in which a reader thinks of them; other kinds are recorded once a test applies one.
KINDS = (
    "Pod",
    "ReplicaSet",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "ControllerRevision",
    "PersistentVolumeClaim",
    "Service",
    "EndpointSlice",
    "Job",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Event",
    "Node",
    "PersistentVolume",
    "VolumeAttachment",
)
LIMIT = 256 * MIB  # of received JSON per test: about a hundred thousand versions of pods
STOP_SECONDS = 5.0  # for all threads together; one that waits for the server's answer ends with that answer


class Recorder:
    """Watches one namespace, or all of them (`namespace` None), and the cluster-scoped objects."""

    def __init__(self, source: Source, *, namespace: str | None = None, limit: int = LIMIT) -> None:
        self._source, self._namespace, self._limit = source, namespace, limit
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._live: dict[str, dict[str, Version]] = {}
        self._followers: dict[str, Follower] = {}
        self._logs: list[Log] = []
        self._troubles: dict[str, str] = {}
        self._refusals: dict[str, str] = {}

    def record(self, kinds: Iterable[str], deadline: Deadline) -> None:
        """Record these kinds too; returns when each is listed or refused, so that nothing after this call is missed.

        A kind that was refused before is tried again: its definition or the right to read it may exist by now.
        """
        wanted = tuple(kinds)
        with self._lock:
            for kind in wanted:
                if kind not in self._followers or self._refusals.pop(kind, None) is not None:
                    self._followers[kind] = Follower(self._source, kind, self._namespace, self)
                    self._followers[kind].start()

            def missing() -> list[str]:
                return [one for one in wanted if one not in self._live and one not in self._refusals]

            if not self._changed.wait_for(lambda: not missing(), deadline.remaining):
                trouble = self._troubles.get(missing()[0], "the server did not answer")
                raise ClusterError(
                    f"{', '.join(missing())}: no list from the API server within {deadline.seconds:g} s",
                    trouble,
                    "" if "\n  do:" in trouble else "see whether the cluster still runs",
                )

    def open(self, namespace: str | None) -> Log:
        """The log of a namespace (None: of all), from now on."""
        with self._lock:
            live = {kind: dict(objects) for kind, objects in self._live.items()}
            log = Log(namespace, self._lock, live, self._limit, _now())
            self._logs.append(log)
            for kind, reason in self._refusals.items():
                log.gap(Gap(kind, 0, reason, log.started))
            return log

    def close(self, log: Log) -> None:
        with self._lock:
            self._logs = [one for one in self._logs if one is not log]

    def identities(self, kind: str, namespace: str | None, deadline: Deadline) -> Identities:
        """What a quorum list shows of a kind, in a namespace or in the cluster."""
        return self._source.identities(kind, namespace, deadline)

    def pause(self, *kinds: str) -> None:
        """Stop reading these kinds, as a lost connection does."""
        for kind in kinds:
            self._followers[kind].pause()

    def resume(self, *kinds: str) -> None:
        for kind in kinds:
            self._followers[kind].resume()

    @property
    def troubles(self) -> dict[str, str]:
        """Kinds whose connection is lost for now, with the reason."""
        with self._lock:
            return dict(self._troubles)

    def stop(self) -> None:
        with self._lock:
            followers = tuple(self._followers.values())
        for follower in followers:
            follower.signal_stop()
        deadline = Deadline.after(STOP_SECONDS)
        for follower in followers:
            follower.join(deadline.remaining)

    # What the followers report, each from its own thread.

    def listed(self, kind: str, listing: Listing, after: int | None, reason: str) -> None:
        now = _now()
        versions = [Version(kind, "ADDED", one, int(one["metadata"]["resourceVersion"]), now) for one in listing.objects]
        with self._lock:
            known = self._live.get(kind, {})
            self._live[kind] = {version.uid: version for version in versions}
            for log in self._logs:
                if after is None:
                    log.begin(kind, versions)
                else:
                    log.gap(Gap(kind, after, reason, now))
                    for version in _difference(known, versions, listing.revision, now):
                        if log.concerns(version):
                            log.add(version, 0)
            self._changed.notify_all()

    def received(self, kind: str, event: Event) -> None:
        if event.type == "BOOKMARK":
            return
        with self._lock:
            objects = self._live[kind]
            document: Any = event.object
            before = objects.get(document["metadata"]["uid"])
            if before is not None:
                share(document, before.object)
            version = Version(kind, event.type, document, event.revision, _now())
            if event.type == "DELETED":
                objects.pop(version.uid, None)
            else:
                objects[version.uid] = version
            for log in self._logs:
                if log.concerns(version):
                    log.add(version, event.size)

    def refused(self, kind: str, reason: str) -> None:
        with self._lock:
            self._refusals[kind] = reason
            self._live.pop(kind, None)
            self._troubles.pop(kind, None)
            for log in self._logs:
                log.end(Gap(kind, 0, reason, _now()))
            self._changed.notify_all()

    def troubled(self, kind: str, reason: str | None) -> None:
        with self._lock:
            if reason is None:
                self._troubles.pop(kind, None)
            else:
                self._troubles[kind] = reason


def recorded(log: Log) -> frozenset[str]:
    """The kinds for which a log is complete. Raises Inconclusive if the log had to stop."""
    if log.overflow is not None:
        raise Inconclusive(
            f"{log.overflow}\n  why: what came after is not recorded, so nothing can be said\n"
            "  do:  let the test apply fewer or smaller objects, or split it"
        )
    return frozenset(log.live)


def _difference(known: dict[str, Version], listed: Iterable[Version], revision: int, now: datetime) -> Iterable[Version]:
    """What happened during a gap, as a fresh list shows."""
    gone = dict(known)
    for version in listed:
        before = gone.pop(version.uid, None)
        if before is None:
            yield version
        elif before.revision != version.revision:
            yield Version(version.kind, "MODIFIED", version.object, version.revision, now)
    for version in gone.values():
        yield Version(version.kind, "DELETED", version.object, revision, now)


def _now() -> datetime:
    return datetime.now(UTC)
