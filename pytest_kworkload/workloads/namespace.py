"""The test's namespace: what the fixture `kworkload` gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, KworkloadError, ManifestError, NotFound
from ..history.model import History
from ..history.recording import Recording
from ..objects.selection import Selection
from .controllers import DaemonSet, Deployment, ReplicaSet, StatefulSet
from .dropped import dropped
from .handle import Described, H, Handle
from .jobs import Job
from .manifests import Document, Source, read
from .marks import RUN_LABEL, mark, run_of
from .pods import Pod
from .scope import Scope
from .selected import Record, Selected
from .services import Service
from .storage import Claim

if TYPE_CHECKING:
    from ..kube.client import Client

_HANDLES: dict[str, type[Handle]] = {one.kind: one for one in (Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, Pod, Claim, Service)}


class Finders:
    """Handles by kind and name; the subclass decides where to look for them."""

    def find(self, kind: type[H], name: str | None, *, expected: bool = False) -> H:
        raise NotImplementedError

    def deployment(self, name: str | None = None, *, expected: bool = False) -> Deployment:
        """The Deployment of this name (None: the only one). `expected`: it may not exist yet."""
        return self.find(Deployment, name, expected=expected)

    def replica_set(self, name: str | None = None, *, expected: bool = False) -> ReplicaSet:
        return self.find(ReplicaSet, name, expected=expected)

    def stateful_set(self, name: str | None = None, *, expected: bool = False) -> StatefulSet:
        return self.find(StatefulSet, name, expected=expected)

    def daemon_set(self, name: str | None = None, *, expected: bool = False) -> DaemonSet:
        return self.find(DaemonSet, name, expected=expected)

    def job(self, name: str | None = None, *, expected: bool = False) -> Job:
        return self.find(Job, name, expected=expected)

    def pod(self, name: str | None = None, *, expected: bool = False) -> Pod:
        return self.find(Pod, name, expected=expected)

    def claim(self, name: str | None = None, *, expected: bool = False) -> Claim:
        return self.find(Claim, name, expected=expected)

    def service(self, name: str | None = None, *, expected: bool = False) -> Service:
        return self.find(Service, name, expected=expected)


class Namespace(Scope, Finders):
    """The namespace of a test, recorded from before the test's first object.

    `client` makes raw calls, `kubeconfig` is the path for other clients, `name` the namespace, `recording` what was recorded.
    """

    def __init__(
        self, client: Client, name: str, recording: Recording, *, run: str, timeout: float, beside: Path | None, lasting: bool = False
    ) -> None:
        super().__init__(client, name, recording, timeout=timeout)
        self._run, self._beside, self._lasting = run, beside, lasting
        self._of_cluster: list[tuple[str, str, str]] = []  # what we made outside the namespace: kind, name, uid

    def apply(self, manifest: Source, *, override_namespace: bool = False, force: bool = False) -> Applied:
        """Apply a manifest: a path, a YAML text, a dict or a list of dicts. Returns when the server has accepted every object.

        A relative path starts at the test's file. A manifest that names another namespace is refused, unless
        `override_namespace` puts its objects into this one. A field that another manager owns is an error, unless `force`.
        If the server refuses an object, those that this call created are deleted again. Raises ManifestError, NotFound
        (an unknown kind) and ApiError (with the fields that the server complains about).
        """
        documents = read(manifest, self._beside)
        for document in documents:
            self._place(document, override_namespace)
        created: list[tuple[str, str, str]] = []
        handles: list[Handle] = []
        try:
            for document in sorted(documents, key=lambda one: one.kind != "CustomResourceDefinition"):
                handles.append(self._apply(document, force, created))
        except KworkloadError as error:
            for kind, name, uid in reversed(created):
                try:
                    self.client.delete(kind, name, self.name, uid=uid)
                except KworkloadError as left:  # the refusal is what matters; what is left is deleted with the namespace, or in `clean`
                    error.add_note(f"{kind} {name}, which this call had created, could not be deleted again: {left}")
                else:
                    self._of_cluster = [one for one in self._of_cluster if one[2] != uid]
            if isinstance(error, ApiError | NotFound):
                error.saw = f"{document.where}: {error.saw}"
            raise
        return Applied(self, handles)

    def object(self, kind: str, name: str) -> Described:
        """A handle on an object of any kind; "Widget.example.com" where the kind alone is ambiguous."""
        handle = Described(self, name, kind=kind)
        handle.get()
        return handle

    def pods(self, label: str = "", *, name: str = "") -> Selected:
        """The pods with these labels (a selector as kubectl takes it), or of this name: for assertions of your own."""
        return self.objects("Pod", label, name=name)

    def objects(self, kind: str, label: str = "", *, name: str = "") -> Selected:
        """The same for a kind of your choice."""
        key = self.client.discovery.key(self.client.resource(kind))
        self.recording.record([key], self.deadline(None))
        return Selected(self, Selection(key, label, name))

    def record(self) -> Record:
        """A `with` block that keeps everything that happens in it, for `assert_throughout` and for guarantees of your own."""
        return Record(self)

    def find(self, kind: type[H], name: str | None, *, expected: bool = False) -> H:
        if name is None:
            there = [one["metadata"]["name"] for one in self.client.list(kind.kind, self.name)]
            if len(there) != 1:
                raise NotFound.among(kind.kind, None, f"namespace {self.name}", there)
            name = there[0]
        handle = kind(self, name)
        if not expected:
            handle.get()
        return handle

    def clean(self) -> None:
        """Delete what this test made and what the deletion of the namespace does not delete, without waiting for it.

        In a namespace that stays, delete everything that the test added, and wait until it is gone: the next test may use the same
        names. Everything is tried; then the first refusal is raised.
        """
        refusals: list[KworkloadError] = []
        came = self._came(self.history()) if self._lasting else {}
        mine = [(kind, name, uid, self.name) for uid, (kind, name, owned) in came.items() if not owned]
        for kind, name, uid, namespace in [*mine, *((*one, None) for one in reversed(self._of_cluster))]:
            try:
                self.client.delete(kind, name, namespace, uid=uid)
            except KworkloadError as error:
                if not isinstance(error, ApiError) or error.status not in (404, 409):  # the test has deleted it itself
                    refusals.append(error)
        if refusals:
            raise refusals[0]
        if self._lasting:
            self.recording.wait_for(
                lambda history: not self._came(history),
                f"what this test made to be gone from namespace {self.name}, which the next test uses",
                self.deadline(None),
                seen=lambda history: ", ".join(f"{kind} {name}" for kind, name, _ in self._came(history).values()),
            )

    def _came(self, history: History) -> dict[str, tuple[str, str, bool]]:
        """What the namespace has got since this test began, by uid: kind, name, and whether another one of these objects owns it."""
        found = {
            uid: (kind, one)
            for kind in history.known - {"Event"}
            for uid, one in history.objects(kind).items()
            if uid not in history.before(kind)
            and one["metadata"].get("namespace") == self.name
            and (kind, one["metadata"]["name"]) != ("ServiceAccount", "default")
        }
        return {
            uid: (kind, one["metadata"]["name"], any(by["uid"] in found for by in one["metadata"].get("ownerReferences") or ()))
            for uid, (kind, one) in found.items()
        }

    def _place(self, document: Document, override: bool) -> None:
        metadata = document.object["metadata"] = dict(document.object["metadata"])
        named = metadata.get("namespace")
        if named not in (None, self.name) and not override:
            raise ManifestError(
                f"{document.where}: {document.kind} {document.name} names namespace {named}",
                f"the test owns only namespace {self.name}; what is elsewhere is neither recorded nor cleaned up",
                "leave metadata.namespace out of the manifest, or apply it with override_namespace=True",
            )

    def _apply(self, document: Document, force: bool, created: list[tuple[str, str, str]]) -> Handle:
        resource = self.client.resource(document.kind, document.object["apiVersion"])
        metadata = document.object["metadata"]
        if resource.namespaced:
            metadata["namespace"] = self.name
        else:
            metadata.pop("namespace", None)
        key = self.client.discovery.key(resource)
        self.recording.record([key], self.deadline(None))
        if resource.namespaced:
            found, new = self.client.apply(document.object, self.name, force=force)
        else:
            found, new = self._apply_to_cluster(document, key, force)
        uid, revision = str(found["metadata"]["uid"]), int(found["metadata"]["resourceVersion"])
        handle = _HANDLES.get(key, Described)(self, document.name, uid, revision, kind=key)
        if new:
            created.append((key, document.name, uid))
            if not resource.namespaced:
                self._of_cluster.append((key, document.name, uid))
        self._check_kept(document, found)
        if key == "CustomResourceDefinition":
            handle.wait_ready()  # objects of the new kind may follow in the same manifest
            self.client.discovery.learn(found)
        return handle

    def _check_kept(self, document: Document, found: Mapping[str, Any]) -> None:
        """If the server silently drops a field, the test would look at another workload than the one in the manifest."""
        lost = dropped(document.object, found)
        if lost:
            raise ManifestError(
                f"{document.where}: the server has not kept {', '.join(lost)} of {document.kind} {document.name}",
                f"Kubernetes {self.client.version()} does not have {'them' if len(lost) > 1 else 'it'}, or a feature gate is off",
                "leave it out of the manifest, or use a cluster that has it",
            )

    def _apply_to_cluster(self, document: Document, key: str, force: bool) -> tuple[dict[str, Any], bool]:
        """A cluster-scoped object carries the run's label; one that already exists without it is not ours to touch.

        If another worker's test uses one, or an earlier test left it behind, wait until it is gone. Each worker is its own field
        manager, and no two give the label the same value: if two apply at once, the API server refuses one.
        """
        document.object["metadata"] = mark(document.object["metadata"], self._run)
        while True:
            self._await_turn(document, key)
            try:
                return self.client.apply(document.object, force=force, manager=f"pytest-kworkload-{self._run}")
            except ApiError as error:
                if error.status != 409 or not any(RUN_LABEL in field for field in error.fields):
                    raise

    def _await_turn(self, document: Document, key: str) -> None:
        there = self.client.find(key, document.name)
        if there is None:
            return
        metadata = there["metadata"]
        if run_of(metadata) != self._run.partition("-")[0]:
            raise ManifestError(
                f"{document.where}: {document.kind} {document.name} is already in the cluster",
                "it does not belong to this run, and cluster-scoped objects are shared by everybody",
                "give it another name in the test's manifest",
            )
        if metadata["labels"][RUN_LABEL] != self._run or metadata.get("deletionTimestamp"):
            Described(self, document.name, metadata["uid"], kind=key).wait_deleted()


class Applied(Finders):
    """The objects of one apply, in the order in which they were sent."""

    def __init__(self, namespace: Namespace, handles: Sequence[Handle]) -> None:
        self.namespace = namespace
        self.handles = tuple(handles)

    def __repr__(self) -> str:
        return f"<applied {', '.join(map(str, self.handles))}>"

    def wait_ready(self, timeout: float | None = None) -> Applied:
        """Wait until every object is ready, all within one `timeout` in seconds."""
        deadline = self.namespace.deadline(timeout)
        for handle in self.handles:
            if isinstance(handle, Claim) and not handle.volume:
                continue  # a claim may have to wait for its first pod; the pods' readiness shows it
            handle.wait_ready_until(deadline)
        return self

    def find(self, kind: type[H], name: str | None, *, expected: bool = False) -> H:
        mine = [one for one in self.handles if isinstance(one, kind)]
        found = list({one.name: one for one in mine if name in (None, one.name)}.values())
        if len(found) == 1:
            return found[0]
        if expected and name is not None:
            return kind(self.namespace, name)
        raise NotFound.among(kind.kind, name, "what was applied", list(dict.fromkeys(one.name for one in mine)))

    def object(self, kind: str, name: str) -> Described:
        return self.namespace.object(kind, name)
