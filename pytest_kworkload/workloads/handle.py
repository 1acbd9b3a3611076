"""What every handle can do: read, wait, patch, delete, list its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from ..errors import NotFound
from ..history.deadline import Deadline
from ..history.events import newest
from ..history.model import History, Object
from ..objects import readiness
from .scope import Scope

if TYPE_CHECKING:
    from ..kube.client import Client, PatchType, Propagation

H = TypeVar("H", bound="Handle")


class Handle:
    """One object in the test's namespace, identified by its uid once it exists.

    A handle that was made before its object (`expected=True`) takes the first object with its name.
    """

    kind: ClassVar[str] = ""

    def __init__(self, namespace: Scope, name: str, uid: str | None = None, revision: int = 0, kind: str = "") -> None:
        self.namespace, self.name = namespace, name
        self._uid = uid
        self._revision = revision  # of the last version that this handle wrote or read: a wait ignores older ones
        self._kind = kind or self.kind

    def __repr__(self) -> str:
        return f"<{self} in {self.namespace.name}>"

    def __str__(self) -> str:
        return f"{self._kind} {self.name}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and (self._place, self._uid) == (other._place, other._uid)

    def __hash__(self) -> int:
        return hash(self._place)  # without the uid, which may not be known yet

    @property
    def _place(self) -> tuple[str, str, str]:
        return self.namespace.name, self._kind, self.name

    @property
    def client(self) -> Client:
        return self.namespace.client

    @property
    def uid(self) -> str:
        if self._uid is None:
            try:
                self.get()
            except NotFound:
                self._uid = self._departed()
                if self._uid is None:
                    raise
        assert self._uid is not None
        return self._uid

    def _departed(self) -> str | None:
        """The uid of an expected object that was created and is already gone."""
        self.namespace.recording.barrier(self.namespace.deadline(None), self.key)
        seen = self.namespace.recording.since().seen(self.key)
        return next((uid for uid, obj in seen.items() if obj["metadata"]["name"] == self.name), None)

    def exists(self) -> bool:
        """Whether this very object (not another one of the same name) exists."""
        found = self.client.find(self._kind, self.name, self.namespace.name)
        return found is not None and self._uid in (None, found["metadata"]["uid"])

    def get(self) -> dict[str, Any]:
        """The object as it is now, raw."""
        found = self.client.find(self._kind, self.name, self.namespace.name)
        if found is None:
            raise self.namespace.not_found(self._kind, self.name)
        return self._took(found)

    def patch(self, body: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, type: PatchType | None = None) -> Self:
        """Patch the object: a mapping is a strategic merge patch (like kubectl's), a list is a JSON patch."""
        patch_type = type or ("json" if isinstance(body, Sequence) else "strategic")
        content: Any = list(body) if isinstance(body, Sequence) else body
        self._took(self.client.patch(self._kind, self.name, content, self.namespace.name, type=patch_type))
        return self

    def delete(self, *, propagation: Propagation = "Background", grace_seconds: int | None = None) -> None:
        """Ask for the deletion of this very object; returns when the server has accepted that.

        `grace_seconds=0` removes a pod's object without waiting for its processes.
        """
        self.client.delete(self._kind, self.name, self.namespace.name, propagation=propagation, grace_seconds=grace_seconds, uid=self._uid)

    def wait_ready(self, timeout: float | None = None) -> Self:
        """Wait until the object is ready: for a controller, all replicas of the current template are available.

        `timeout` is in seconds (default: the setting `kworkload_timeout`). Raises WaitTimeout.
        """
        self.wait_ready_until(self.namespace.deadline(timeout))
        return self

    def wait_ready_until(self, deadline: Deadline) -> None:
        """`wait_ready` for callers that share one deadline among several waits."""
        self.namespace.recording.require(self.key, deadline)
        self.namespace.recording.wait_for(
            lambda history: self.current(history) is not None and self._unready(history) is None,
            f"{self} to be ready",
            deadline,
            seen=lambda history: self._unready(history) or "",
            hopeless=self.hopeless,
        )

    def wait_deleted(self, timeout: float | None = None) -> None:
        """Wait until this very object is gone."""
        uid, deadline = self.uid, self.namespace.deadline(timeout)
        # An object that the recording has not seen yet would look as if it were gone.
        self.namespace.recording.require(self.key, deadline)
        self.namespace.recording.barrier(deadline, self.key)

        def blocked(history: History) -> str:
            finalizers = history.objects(self.key)[uid]["metadata"].get("finalizers")
            return f"its finalizers: {', '.join(finalizers)}" if finalizers else "still there, without finalizers"

        self.namespace.recording.wait_for(
            lambda history: uid not in history.objects(self.key), f"{self} to be gone", deadline, seen=blocked
        )

    def events(self) -> list[str]:
        """What the cluster's components have reported about this object so far, newest last, each line once."""
        self.namespace.recording.barrier(self.namespace.deadline(None), "Event")
        return newest(self.namespace.recording.since(), self.uid, count=1000)

    @property
    def key(self) -> str:
        """The name under which the object's kind is recorded."""
        return self.client.discovery.key(self.client.resource(self._kind))

    def _took(self, found: dict[str, Any]) -> dict[str, Any]:
        self._uid = self._uid or str(found["metadata"]["uid"])
        if found["metadata"].get("uid") == self._uid:
            self._revision = max(self._revision, int(found["metadata"]["resourceVersion"]))
        return found

    def current(self, history: History) -> Object | None:
        """The object in the recording, unless this handle has seen a newer version."""
        for uid, found in history.objects(self.key).items():
            if uid == self._uid or (self._uid is None and found["metadata"]["name"] == self.name):
                return found if int(found["metadata"]["resourceVersion"]) >= self._revision else None
        return None

    def _unready(self, history: History) -> str | None:
        found = self.current(history)
        if found is None:
            return "it does not exist (yet)"
        reason = readiness.unready(found)
        return None if reason is None else "\n".join([reason, *self.troubles(history)])

    def troubles(self, history: History) -> list[str]:
        """More lines about why the object is not ready."""
        return []

    def hopeless(self, history: History) -> str | None:
        found = self.current(history)
        if found is None:
            return f"{self} was deleted" if self._uid in history.seen(self.key) and self._gone(history) else None
        return readiness.failed(found)

    def _gone(self, history: History) -> bool:
        return self._uid is not None and self._uid not in history.objects(self.key)


class Described(Handle):
    """A handle on an object of any kind, custom resources included."""


def raw(handle: Handle) -> dict[str, Any]:
    """An object without what the server filled in: what was applied, ready to be applied again."""
    found = handle.get()
    metadata = {key: found["metadata"][key] for key in ("name", "labels", "annotations") if key in found["metadata"]}
    return {"apiVersion": found["apiVersion"], "kind": found["kind"], "metadata": metadata, "spec": found["spec"]}


def applied_again(handle: H, manifest: Mapping[str, Any]) -> H:
    """A handle on the object that replaces one that is gone."""
    found, _ = handle.client.apply(manifest, handle.namespace.name)
    return type(handle)(handle.namespace, handle.name, str(found["metadata"]["uid"]), int(found["metadata"]["resourceVersion"]))
