"""An API server's storage in memory: a Source whose connections a test can cut, silence, refuse and let expire."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.source import Event, Forbidden, Gone, Identities, Listing, Refused

Objects = list[dict[str, Any]]  # (inside Store the name `list` is a method)
CLUSTER_KINDS = ("Node", "PersistentVolume", "Namespace", "StorageClass", "CustomResourceDefinition")


class Store:
    """Every change has a revision of its own, as in etcd. Objects are known by kind, namespace and name."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.revision = 100
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.events: list[tuple[str, Event]] = []  # kind and event, all that ever was
        self.compacted = 0  # events up to this revision are forgotten
        self.refused: dict[str, str] = {}
        self.forbidden: set[str] = set()
        self.unreachable: set[str] = set()
        self.away = ClusterError("no answer from the API server at 127.0.0.1:6443: Connection refused")
        self.silent: set[str] = set()  # open streams of these kinds deliver nothing
        self.calls: list[tuple[str, str, str | None, int]] = []  # list and watch, kind, namespace, revision
        self._streams: list[MemoryStream] = []
        self._uids = 0

    # What a test does.

    def put(self, kind: str, name: str, namespace: str = "ns", metadata: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Create an object, or put another version in its place; returns its uid."""
        with self.changed:
            self.revision += 1
            key = (kind, "" if kind in CLUSTER_KINDS else namespace, name)
            before = self.objects.get(key)
            if before is None:
                self._uids += 1
            uid = before["metadata"]["uid"] if before else f"{name}-{self._uids}"
            identity = {"name": name, "uid": uid, "resourceVersion": str(self.revision)}
            if key[1]:
                identity["namespace"] = key[1]
            self.objects[key] = {"kind": kind, "metadata": {**(metadata or {}), **identity}, **fields}
            self._tell(kind, Event("MODIFIED" if before else "ADDED", self.objects[key], self.revision, size=100))
            return str(uid)

    def remove(self, kind: str, name: str, namespace: str = "ns") -> None:
        with self.changed:
            self.revision += 1
            last = copy.deepcopy(self.objects.pop((kind, "" if kind in CLUSTER_KINDS else namespace, name)))
            last["metadata"]["resourceVersion"] = str(self.revision)
            self._tell(kind, Event("DELETED", last, self.revision, size=100))

    def bookmark(self, kind: str) -> None:
        with self.changed:
            self._tell(kind, Event("BOOKMARK", {"metadata": {"resourceVersion": str(self.revision)}}, self.revision))

    def compact(self) -> None:
        """Forget what was; streams that have not delivered it yet end with Gone."""
        with self.changed:
            self.compacted = self.revision
            self.changed.notify_all()

    def drop(self, kind: str) -> None:
        """Cut the open streams of a kind."""
        for stream in self.open_streams(kind):
            stream.close()

    def silence(self, *kinds: str) -> None:
        with self.changed:
            self.silent.update(kinds)

    def speak(self) -> None:
        with self.changed:
            self.silent.clear()
            self.changed.notify_all()

    def open_streams(self, kind: str) -> list[MemoryStream]:
        with self.changed:
            return [one for one in self._streams if one.kind == kind and not one.closed]

    def wait_watched(self, kind: str) -> None:
        """Wait until somebody watches a kind."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(one.kind == kind and not one.closed for one in self._streams), 5.0)

    def wait_called(self, verb: str, kind: str) -> None:
        """Wait until somebody has called `list`, `identities` or `watch` for a kind."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(one[:2] == (verb, kind) for one in self.calls), 5.0)

    def wait_removed(self, kind: str, name: str, namespace: str = "ns") -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: (kind, namespace, name) not in self.objects, 5.0)

    def watched_from(self, kind: str) -> list[int]:
        with self.changed:
            return [revision for verb, one, _, revision in self.calls if verb == "watch" and one == kind]

    # What a Source does.

    def list(self, kind: str, namespace: str | None) -> Listing:
        with self.changed:
            self._answer("list", kind, namespace, 0)
            return Listing([copy.deepcopy(one) for one in self._of(kind, namespace)], self.revision)

    def identities(self, kind: str, namespace: str | None, deadline: Deadline) -> Identities:
        with self.changed:
            self._answer("identities", kind, namespace, 0)
            found = self._of(kind, namespace)
            return Identities({one["metadata"]["uid"]: int(one["metadata"]["resourceVersion"]) for one in found}, self.revision)

    def watch(self, kind: str, namespace: str | None, revision: int) -> MemoryStream:
        with self.changed:
            self._answer("watch", kind, namespace, revision)
            if revision < self.compacted:
                raise Gone("too old resource version")
            stream = MemoryStream(self, kind, namespace, revision)
            self._streams.append(stream)
            self.changed.notify_all()
            return stream

    def _answer(self, verb: str, kind: str, namespace: str | None, revision: int) -> None:
        self.calls.append((verb, kind, namespace, revision))
        self.changed.notify_all()
        if kind in self.forbidden:
            raise Forbidden("403 Forbidden")
        if kind in self.refused:
            raise Refused(self.refused[kind])
        if kind in self.unreachable:
            raise self.away

    def _of(self, kind: str, namespace: str | None) -> Objects:
        return [one for (of, where, _), one in self.objects.items() if of == kind and (not where or namespace in (None, where))]

    def _tell(self, kind: str, event: Event) -> None:
        self.events.append((kind, event))
        self.changed.notify_all()


class MemoryStream:
    def __init__(self, store: Store, kind: str, namespace: str | None, revision: int) -> None:
        self.kind, self.closed = kind, False
        self._store, self._namespace, self._after = store, namespace, revision
        # A BOOKMARK has the revision of an event; who watches from there has had it.
        self._next = next((n for n, (_, one) in enumerate(store.events) if one.revision > revision), len(store.events))

    def __iter__(self) -> Iterator[Event]:
        store = self._store
        while True:
            with store.changed:
                store.changed.wait_for(lambda: self.closed or (self._next < len(store.events) and self.kind not in store.silent))
                if self.closed:
                    return
                kind, event = store.events[self._next]
                self._next += 1
                where = event.object["metadata"].get("namespace", "")
                if kind != self.kind or (where and self._namespace not in (None, where)):
                    continue
                if event.revision <= store.compacted:
                    raise Gone("too old resource version")
                event = copy.deepcopy(event)
            yield event

    def close(self) -> None:
        with self._store.changed:
            self.closed = True
            self._store.changed.notify_all()
