"""List and watch of one kind, in raw JSON lines: the source of the recorder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..errors import ApiError, NotFound
from ..history.source import Event, Gone, Identities, Listing, Refused
from .client import PAGE, Client
from .connection import LineStream, Query
from .discovery import Resource
from .errors import capped
from .retry import Repeat

# The server ends a watch after this long and the reader resumes it; a connection that died without a word is noticed then.
WATCH_SECONDS = 300
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class ClusterSource:
    """Implements history's Source for a cluster."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def namespaced(self, kind: str) -> bool:
        return self._resource(kind).namespaced

    def list(self, kind: str, namespace: str | None) -> Listing:
        resource = self._resource(kind)
        items, revision = self._pages(resource, namespace, "application/json")
        for item in items:
            item["apiVersion"], item["kind"] = resource.api_version, resource.kind
            item["metadata"].pop("managedFields", None)
        return Listing(items, revision)

    def identities(self, kind: str, namespace: str | None) -> Identities:
        items, revision = self._pages(self._resource(kind), namespace, METADATA_ONLY)
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
            return ObjectStream(self._client.connection.lines(self._resource(kind).path(namespace), query))
        except ApiError as error:
            if error.status == 410:
                raise Gone(error.message) from error
            raise _refused(error) from error

    def _resource(self, kind: str) -> Resource:
        try:
            return self._client.resource(kind)
        except NotFound as error:
            raise Refused(str(error)) from error

    def _pages(self, resource: Resource, namespace: str | None, accept: str) -> tuple[Any, int]:
        """All pages of a quorum list: resourceVersion is left unset on purpose. The pages show one revision."""
        items: Any = []
        query: dict[str, Any] = {"limit": PAGE}
        while True:
            try:
                page = self._client.connection.request(
                    "GET", resource.path(namespace), query=query, accept=accept, repeat=Repeat.ALWAYS
                ).json()
            except ApiError as error:
                if error.status == 410 and "continue" in query:
                    items, query = [], {"limit": PAGE}  # the pages took longer than the server remembers: once more
                    continue
                raise _refused(error) from error
            items += page.get("items") or ()
            token = page["metadata"].get("continue")
            if not token:
                return items, int(page["metadata"]["resourceVersion"])
            query = {"limit": PAGE, "continue": token}


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
    return Refused(str(error)) if error.status in (401, 403, 404, 405) else error
