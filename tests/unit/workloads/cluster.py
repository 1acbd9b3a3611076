"""A client of a cluster that is a Store: the calls that handles make, without a server."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pytest_kworkload.errors import ApiError
from pytest_kworkload.kube.discovery import Discovery, Resource
from pytest_kworkload.kube.exec import Executed

from ..history.store import Store

WIDGETS = {
    "metadata": {"name": "example.com"},
    "versions": [{"version": "v1", "resources": [{"resource": "widgets", "responseKind": {"kind": "Widget"}, "scope": "Namespaced"}]}],
}


class Groups:
    """What discovery asks a connection for."""

    def __init__(self, *groups: dict[str, Any]) -> None:
        self.groups = list(groups)

    def request(self, method: str, path: str, **how: Any) -> Groups:
        return self

    def json(self) -> dict[str, Any]:
        return {"items": self.groups}


class FakeClient:
    """`calls` are the writes in order; `refusals` says which of them fails, by its first words."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[str] = []
        self.bodies: list[Any] = []
        self.refusals: dict[str, ApiError] = {}
        self.executed: dict[str, Executed] = {}
        self.groups = Groups()
        connection: Any = self.groups
        self.discovery = Discovery(connection)
        self.lost: tuple[str, ...] = ()  # fields of spec that this server does not have
        self.establish = True  # definitions of custom resources at once; else somebody else has to

    def version(self) -> str:
        return "v1.34.0"

    def resource(self, kind: str, api_version: str | None = None) -> Resource:
        return self.discovery.find(kind, api_version)

    def find(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        with self.store.changed:
            return copy.deepcopy(self.store.objects.get((kind, self._where(kind, namespace), name)))

    def list(self, kind: str, namespace: str | None = None, *, label_selector: str | None = None) -> list[dict[str, Any]]:
        wanted = dict(pair.split("=") for pair in label_selector.split(",")) if label_selector else {}
        with self.store.changed:
            found = [one for (of, where, _), one in self.store.objects.items() if of == kind and where == self._where(kind, namespace)]
            return [copy.deepcopy(one) for one in found if wanted.items() <= (one["metadata"].get("labels") or {}).items()]

    def apply(
        self, manifest: Mapping[str, Any], namespace: str | None = None, *, force: bool = False, manager: str = ""
    ) -> tuple[dict[str, Any], bool]:
        name, rest = manifest["metadata"]["name"], {key: value for key, value in manifest.items() if key not in ("kind", "metadata")}
        kind = self.discovery.key(self.resource(manifest["kind"], manifest["apiVersion"]))
        self.resource(kind).path(namespace, name)
        self._call(f"apply {kind} {name}" + (" by force" if force else ""), manifest)
        new = self.find(kind, name, namespace) is None
        if kind == "CustomResourceDefinition" and self.establish:
            rest["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
        if "spec" in rest:
            rest["spec"] = {key: value for key, value in rest["spec"].items() if key not in self.lost}
        self.store.put(kind, name, self._where(kind, namespace), manifest["metadata"], **rest)
        found = self.find(kind, name, namespace)
        assert found is not None
        return found, new

    def delete(self, kind: str, name: str, namespace: str | None = None, *, uid: str | None = None, **how: Any) -> None:
        options = "".join(f" {key}={value}" for key, value in how.items() if value not in (None, "Background"))
        self._call(f"delete {kind} {name}" + (f" {uid}" if uid else "") + options)
        if kind != "Namespace":
            self.store.remove(kind, name, self._where(kind, namespace))

    def patch(
        self, kind: str, name: str, body: Any, namespace: str | None = None, *, type: str = "strategic", subresource: str = ""
    ) -> Any:
        self._call(f"patch {kind} {name} {type}" + (f" {subresource}" if subresource else ""), body)
        found = self.find(kind, name, namespace)
        assert found is not None
        self.store.put(
            kind, name, self._where(kind, namespace), found["metadata"], **{k: found[k] for k in found if k not in ("kind", "metadata")}
        )
        return self.find(kind, name, namespace)

    def scale(self, kind: str, name: str, replicas: int, namespace: str | None = None) -> Any:
        return self.patch(kind, name, replicas, namespace, type="merge", subresource="scale")

    def exec(self, pod: str, namespace: str, command: list[str], **how: Any) -> Executed:  # type: ignore[valid-type] # `list` is a method
        return self.executed[" ".join([pod, *command])]

    def logs(self, pod: str, namespace: str, **how: Any) -> str:
        return f"log of {pod}"

    def evict(self, pod: str, namespace: str, *, grace_seconds: int | None = None, uid: str | None = None) -> None:
        self._call(f"evict {pod} {uid}")

    def _where(self, kind: str, namespace: str | None) -> str:
        return (namespace or "") if self.discovery.find(kind).namespaced else ""

    def _call(self, what: str, body: Any = None) -> None:
        for words, error in self.refusals.items():
            if what.startswith(words):
                raise error
        self.calls.append(what)
        self.bodies.append(copy.deepcopy(body))


def later(*steps: Callable[[], object]) -> threading.Thread:
    """What a controller does meanwhile."""

    def run() -> None:
        for step in steps:
            step()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def refusal(status: int, message: str = "no", reason: str = "") -> ApiError:
    return ApiError(f"the API server refused: {status}", message, "do something", status=status, reason=reason)
