"""A recorded history: every version of every object, in the order in which the API server committed them.

Pure data: no I/O, no clock. Within one kind the order is exact, because a resourceVersion compares within one resource.
Across kinds the revisions order a timeline for the reader; verdicts use one kind's stream wherever possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Literal

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one object, as a watch delivered it.

    `object` is the raw JSON without managedFields, `revision` its resourceVersion, `received` when it came (UTC).
    """

    kind: str
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Object
    revision: int
    received: datetime

    @property
    def uid(self) -> str:
        return str(self.object["metadata"]["uid"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Empty for a cluster-scoped object."""
        return str(self.object["metadata"].get("namespace") or "")


@dataclass(frozen=True, slots=True)
class Gap:
    """Versions of a kind that were lost: all between `after` and the next list, when the gap was noticed."""

    kind: str
    after: int
    reason: str
    received: datetime


@dataclass(frozen=True, slots=True)
class State:
    """All objects of one kind at one moment; `version` led to it (None: the window's start)."""

    objects: Mapping[str, Object]
    moment: datetime
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class StateOfKinds:
    """All objects of some kinds at one moment; `version` led to it (None: the window's start)."""

    objects: Mapping[str, Mapping[str, Object]]
    moment: datetime
    version: Version | None = None


@dataclass(frozen=True)
class History:
    """A window: what was alive at its start, and every version since, ordered by revision.

    `known` are the kinds that were recorded; nothing can be said about any other kind.
    """

    versions: tuple[Version, ...]
    initial: Mapping[str, tuple[Version, ...]]
    started: datetime
    ended: datetime
    gaps: tuple[Gap, ...] = ()
    known: frozenset[str] = field(default=frozenset())

    @cached_property
    def _streams(self) -> Mapping[str, tuple[Version, ...]]:
        streams: dict[str, list[Version]] = {}
        for version in self.versions:
            streams.setdefault(version.kind, []).append(version)
        return {kind: tuple(sorted(versions, key=attrgetter("revision"))) for kind, versions in streams.items()}

    def of(self, kind: str) -> tuple[Version, ...]:
        """Every version of a kind in this window, in the exact order."""
        return self._streams.get(kind, ())

    def states(self, kind: str) -> Iterator[State]:
        """Every state that a kind was in, the window's start first.

        The mapping of a state is a view that the next step changes: copy it to keep it.
        """
        objects = {version.uid: version.object for version in self.initial.get(kind, ())}
        view = MappingProxyType(objects)
        yield State(view, self.started)
        for version in self.of(kind):
            if version.type == "DELETED":
                objects.pop(version.uid, None)
            else:
                objects[version.uid] = version.object
            yield State(view, version.received, version)

    def states_of(self, *kinds: str) -> Iterator[StateOfKinds]:
        """Every state that these kinds were in together, in the order of receipt; otherwise like `states`."""
        objects = {kind: dict(self.before(kind)) for kind in kinds}
        view = MappingProxyType({kind: MappingProxyType(one) for kind, one in objects.items()})
        yield StateOfKinds(view, self.started)
        for version in sorted((one for kind in kinds for one in self.of(kind)), key=attrgetter("received", "revision")):
            if version.type == "DELETED":
                objects[version.kind].pop(version.uid, None)
            else:
                objects[version.kind][version.uid] = version.object
            yield StateOfKinds(view, version.received, version)

    def objects(self, kind: str) -> Mapping[str, Object]:
        """What exists at the window's end, by uid."""
        *_, last = self.states(kind)
        return dict(last.objects)

    def before(self, kind: str) -> Mapping[str, Object]:
        """What existed at the window's start, by uid."""
        return {version.uid: version.object for version in self.initial.get(kind, ())}

    def seen(self, kind: str) -> Mapping[str, Object]:
        """Every object that ever existed in this window, by uid, in its last version."""
        objects = dict(self.before(kind))
        objects.update((version.uid, version.object) for version in self.of(kind))
        return objects

    def versions_of(self, kind: str, uid: str) -> list[Object]:
        """All versions of one object in this window: first the one at the window's start, last the deleted one."""
        start = self.before(kind).get(uid)
        return [*([start] if start is not None else []), *(version.object for version in self.of(kind) if version.uid == uid)]

    def gaps_of(self, *kinds: str) -> tuple[Gap, ...]:
        return tuple(gap for gap in self.gaps if gap.kind in kinds)

    def until(self, moment: datetime) -> History:
        """The part of this window up to a moment, by the time of receipt.

        All gaps stay: one that was noticed later may have swallowed what happened before.
        """
        return replace(self, versions=tuple(v for v in self.versions if v.received <= moment), ended=moment)
