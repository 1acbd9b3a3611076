"""What the recorder needs from a cluster. `kube.watch` implements it; tests use scripted streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from .deadline import Deadline


class Gone(Exception):
    """The server no longer has the versions after the one asked for (410, compacted)."""


class Refused(Exception):
    """The server does not let this kind be listed or watched (403), or does not have it (404)."""


class Forbidden(Refused):
    """Refused to this user (401, 403). A server that has just started refuses everybody until it has read its roles."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a watch. `size` is its length in bytes as received; a BOOKMARK carries only its revision."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Mapping[str, Any]
    revision: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a kind as of `revision`, which the storage's quorum confirmed."""

    objects: Sequence[Mapping[str, Any]]
    revision: int


@dataclass(frozen=True, slots=True)
class Identities:
    """The uids of all objects of a kind with their versions, as of `revision`."""

    revisions: Mapping[str, int]
    revision: int


class Stream(Protocol):
    """Iterating ends when the connection ends. Raises Gone."""

    def __iter__(self) -> Iterator[Event]: ...

    def close(self) -> None:
        """End the iteration at once; called by another thread."""


class Source(Protocol):
    """Kinds are named as in History ("Pod"). `namespace` None means all; a cluster-scoped kind has none. All calls raise Refused."""

    def list(self, kind: str, namespace: str | None) -> Listing:
        """The objects without managedFields."""

    def identities(self, kind: str, namespace: str | None, deadline: Deadline) -> Identities: ...

    def watch(self, kind: str, namespace: str | None, revision: int) -> Stream:
        """Every version after `revision`, without managedFields. Raises Gone."""
