"""List and watch of one kind, in raw JSON lines: the source of the recorder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..errors import ApiError, NotFound
from ..history.deadline import Deadline
from ..history.source import Event, Forbidden, Gone, Identities, Listing, Refused
from .client import Client, Objects
from .connection import READ_SECONDS, LineStream, Query
from .discovery import Resource
from .errors import capped

# The server ends a watch after this long and the reader resumes it; a connection that died silently is noticed then.
WATCH_SECONDS = 300
QUIET_SECONDS = WATCH_SECONDS + 30.0
LEAST_SECONDS = 1.0  # the least time for a list, even if its deadline has passed
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class ClusterSource:
    """Implements history's Source for a cluster."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self, kind: str, namespace: str | None) -> Listing:
        items, revision = self._pages(kind, namespace)
        for item in items:
            item["metadata"].pop("managedFields", None)
        return Listing(items, revision)

    def identities(self, kind: str, namespace: str | None, deadline: Deadline) -> Identities:
        seconds = min(READ_SECONDS, max(LEAST_SECONDS, deadline.remaining))
        items, revision = self._pages(kind, namespace, accept=METADATA_ONLY, read_seconds=seconds)
        metadata = [item["metadata"] for item in items]
        return Identities({one["uid"]: int(one["resourceVersion"]) for one in metadata}, revision)

    def watch(self, kind: str, namespace: str | None, revision: int) -> ObjectStream:
        query: Query = {
            "watch": True,
            "allowWatchBookmarks": True,
            "resourceVersion": str(revision),
            "timeoutSeconds": WATCH_SECONDS,
        }
        try:
            return ObjectStream(self._client.connection.lines(self._resource(kind).path(namespace), query, QUIET_SECONDS))
        except ApiError as error:
            if error.status == 410:
                raise Gone(error.message) from error
            raise _refused(error) from error

    def _resource(self, kind: str) -> Resource:
        try:
            return self._client.resource(kind)
        except NotFound as error:
            raise Refused(str(error)) from error

    def _pages(self, kind: str, namespace: str | None, **how: Any) -> tuple[Objects, int]:
        try:
            items, revision = self._client.pages(self._resource(kind), namespace, **how)
        except ApiError as error:
            raise _refused(error) from error
        if revision == 0:
            raise Refused(f"the server's lists of {kind} objects have no resourceVersion, so a watch could not begin where one ends")
        return items, revision


class ObjectStream:
    """The events of a watch, parsed."""

    def __init__(self, lines: LineStream) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[Event]:
        for line in self._lines:
            try:
                event = json.loads(line)
            except ValueError:
                return  # a line cut by the connection's end: resume from the version before it
            item = event["object"]
            if event["type"] == "ERROR":
                if item.get("code") == 410:
                    raise Gone(capped(str(item.get("message", "too old resource version"))))
                return
            metadata = item["metadata"]
            metadata.pop("managedFields", None)
            yield Event(event["type"], item, int(metadata["resourceVersion"]), len(line))

    def close(self) -> None:
        self._lines.close()


def _refused(error: ApiError) -> Exception:
    if error.status in (401, 403):
        return Forbidden(str(error))
    return Refused(str(error)) if error.status in (404, 405) else error
