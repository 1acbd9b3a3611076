"""The calls on objects, as plain dicts the way the API server writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from ..errors import ApiError
from . import exec as exec_, portforward
from .connection import READ_SECONDS, Connection, Query
from .discovery import Discovery, Resource
from .retry import Repeat

FIELD_MANAGER = "pytest-kworkload"
PAGE = 500  # objects per page of a list, as kubectl's

Object = dict[str, Any]
Objects = list[Object]  # (inside Client the name `list` is a method)
Strings = list[str]
PatchType = Literal["strategic", "merge", "json"]
Propagation = Literal["Background", "Foreground", "Orphan"]

_PATCH_TYPES: Mapping[PatchType, str] = {
    "strategic": "application/strategic-merge-patch+json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}


class Client:
    """A client for one cluster. Objects come and go as dicts; errors are ApiError, NotFound and ClusterError.

    `kubeconfig` is the path of the file, `context` one of its contexts (None: its current context).
    """

    def __init__(self, kubeconfig: Path | str, context: str | None = None) -> None:
        self.kubeconfig = Path(kubeconfig)
        self.context = context
        self.connection = Connection(self.kubeconfig, context)
        self.discovery = Discovery(self.connection)

    def version(self) -> str:
        """The server's version, for example "v1.37.2"."""
        return str(self.connection.request("GET", "/version", repeat=Repeat.ALWAYS).json()["gitVersion"])

    def resource(self, kind: str, api_version: str | None = None) -> Resource:
        return self.discovery.find(kind, api_version)

    def get(self, kind: str, name: str, namespace: str | None = None, *, subresource: str | None = None) -> Object:
        """Read one object. Raises ApiError with status 404 if it does not exist."""
        path = self.resource(kind).path(namespace, name, subresource)
        return self._json("GET", path, repeat=Repeat.ALWAYS)

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """Read one object; None if it does not exist."""
        try:
            return self.get(kind, name, namespace)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(
        self,
        kind: str,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Objects:
        """Read all objects of a kind in a namespace (None: in all), as a quorum read, in pages."""
        return self.pages(self.resource(kind), namespace, {"labelSelector": label_selector, "fieldSelector": field_selector})[0]

    def pages(
        self,
        resource: Resource,
        namespace: str | None,
        query: Query | None = None,
        *,
        accept: str = "application/json",
        read_seconds: float = READ_SECONDS,
    ) -> tuple[Objects, int]:
        """All objects of a list and its revision (0 if it has none). It asks for no resourceVersion, which makes it a quorum read.

        All pages show one revision. If reading takes longer than the server remembers it (410), it is done once more.
        """
        path, token, expired = resource.path(namespace), None, False
        items: Objects = []
        while True:
            asked: Query = {"limit": PAGE, **(query or {}), "continue": token}
            try:
                page = self._json("GET", path, query=asked, accept=accept, repeat=Repeat.ALWAYS, read_seconds=read_seconds)
            except ApiError as error:
                if error.status != 410 or token is None or expired:
                    raise
                items, token, expired = [], None, True
                continue
            items += page.get("items") or ()
            token = page["metadata"].get("continue") or None
            if token is None:
                break
        for item in items:  # a list omits these two in its items
            item["apiVersion"], item["kind"] = resource.api_version, resource.kind
        return items, int(page["metadata"].get("resourceVersion") or 0)

    def create(self, manifest: Mapping[str, Any], namespace: str | None = None) -> Object:
        resource = self.resource(manifest["kind"], manifest["apiVersion"])
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        return self._json("POST", resource.path(namespace), query=query, body=manifest)

    def apply(
        self,
        manifest: Mapping[str, Any],
        namespace: str | None = None,
        *,
        dry_run: bool = False,
        force: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> tuple[Object, bool]:
        """Server-side apply as this field manager; returns the object and whether this call created it.

        A field that another manager owns is an ApiError naming the field and the manager, unless `force`. Unknown fields
        are refused (fieldValidation=Strict), as by kubectl.
        """
        resource = self.resource(manifest["kind"], manifest["apiVersion"])
        response = self.connection.request(
            "PATCH",
            resource.path(namespace, manifest["metadata"]["name"]),
            query={
                "fieldManager": manager,
                "fieldValidation": "Strict",
                "force": force,
                "dryRun": "All" if dry_run else None,
            },
            body=manifest,
            content_type="application/apply-patch+yaml",
            repeat=Repeat.ALWAYS,
        )
        return response.json(), response.status == 201

    def patch(
        self,
        kind: str,
        name: str,
        body: Mapping[str, Any] | Objects,
        namespace: str | None = None,
        *,
        type: PatchType = "strategic",
        subresource: str | None = None,
    ) -> Object:
        """Patch an object. Custom resources know "merge" and "json" only."""
        return self._json(
            "PATCH",
            self.resource(kind).path(namespace, name, subresource),
            query={"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"},
            body=body,
            content_type=_PATCH_TYPES[type],
            # A merge patch says what the result is, so sending it twice is harmless; a JSON patch says what to do.
            repeat=Repeat.IF_REFUSED if type == "json" else Repeat.ALWAYS,
        )

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: Propagation = "Background",
        grace_seconds: int | None = None,
        uid: str | None = None,
    ) -> Object:
        """Ask for an object's deletion. `uid`: only if it is still this very object (409 otherwise).

        Returns the server's answer: the object if it still exists for now, otherwise a Status.
        """
        body: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if grace_seconds is not None:
            body["gracePeriodSeconds"] = grace_seconds
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        return self._json("DELETE", self.resource(kind).path(namespace, name), body=body)

    def scale(self, kind: str, name: str, replicas: int, namespace: str | None = None) -> Object:
        """Set the replicas through the scale subresource."""
        body = {"spec": {"replicas": replicas}}
        return self.patch(kind, name, body, namespace, type="merge", subresource="scale")

    def evict(self, pod: str, namespace: str, *, grace_seconds: int | None = None, uid: str | None = None) -> None:
        """Ask for an eviction. Status 429 means that a PodDisruptionBudget refuses it now; that is not retried."""
        options: Object = {}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        if uid is not None:
            options["preconditions"] = {"uid": uid}
        body: Object = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": namespace},
            "deleteOptions": options,
        }
        self._json("POST", self.resource("Pod").path(namespace, pod, "eviction"), body=body, repeat=Repeat.NEVER)

    def logs(
        self,
        pod: str,
        namespace: str,
        *,
        container: str | None = None,
        previous: bool = False,
        tail: int | None = None,
        timestamps: bool = False,
    ) -> str:
        """A container's log; `tail`: only this many last lines; `previous`: of the container before the last restart."""
        query: Query = {"container": container, "previous": previous, "tailLines": tail, "timestamps": timestamps}
        path = self.resource("Pod").path(namespace, pod, "log")
        return self.connection.request("GET", path, query=query, accept="*/*", repeat=Repeat.ALWAYS).text()

    def exec(
        self,
        pod: str,
        namespace: str,
        command: Strings,
        *,
        container: str | None = None,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        told: Callable[[bytes], None] = lambda data: None,
    ) -> exec_.Executed:
        """Run a command in a container; returns its output and exit code, whatever the code is. `told` gets the output as it comes."""
        path = self.resource("Pod").path(namespace, pod, "exec")
        return exec_.run(self.connection, path, command, container=container, stdin=stdin, timeout=timeout, told=told)

    def port_forward(self, pod: str, namespace: str, port: int, *, timeout: float = 20.0) -> AbstractContextManager[portforward.Forward]:
        """Forward a free port of 127.0.0.1 to a pod's port, for the duration of a `with` block.

        The block starts when the pod has accepted a connection through the whole tunnel, within `timeout` seconds.
        """
        path = self.resource("Pod").path(namespace, pod, "portforward")
        return portforward.forward(self.connection, path, f"{namespace}/{pod}", port, timeout=timeout)

    def close(self) -> None:
        self.connection.close()

    def _json(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeat: Repeat = Repeat.IF_REFUSED,
        read_seconds: float = READ_SECONDS,
    ) -> Object:
        response = self.connection.request(
            method, path, query=query, body=body, content_type=content_type, accept=accept, repeat=repeat, read_seconds=read_seconds
        )
        answer: Object = response.json()
        return answer
