"""Which kinds the server has and where they live, custom resources included. Cached; read once more when a kind is missing."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..errors import ApiError, NotFound
from .connection import Connection

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind as one version of its API group serves it. `verbs` are known only if the server has listed it itself."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path of the collection, or of one object, or of its subresource."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        parts = [root]
        if self.namespaced and namespace is not None:
            parts += ["namespaces", _segment("Namespace", namespace)]
        parts.append(self.plural)
        if name is not None:
            parts.append(_segment(self.kind, name))
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)


def _segment(kind: str, name: str) -> str:
    """A name as a part of a path. What Kubernetes does not allow in names would lead to another object, or to all of them."""
    if name in ("", ".", "..") or "/" in name or "%" in name:
        raise NotFound(
            f"no {kind} can have the name {name!r}",
            'Kubernetes forbids it: a name is not empty, not "." or "..", and has no "/" or "%"',
            "correct the name",
        )
    return quote(name, safe=":")


# What the recorder and the handles need is the same on every server that we support: the first calls of a run need not
# wait for discovery, and these names never mean another group's kind.
BUILT_IN: dict[str, Resource] = {
    kind: Resource(group, version, kind, plural, namespaced)
    for group, version, namespaced, kinds in (
        ("", "v1", True, "Pod:pods PersistentVolumeClaim:persistentvolumeclaims Service:services Event:events"),
        ("", "v1", True, "ConfigMap:configmaps Secret:secrets ServiceAccount:serviceaccounts"),
        ("", "v1", False, "Namespace:namespaces Node:nodes PersistentVolume:persistentvolumes"),
        ("apps", "v1", True, "Deployment:deployments ReplicaSet:replicasets StatefulSet:statefulsets"),
        ("apps", "v1", True, "DaemonSet:daemonsets ControllerRevision:controllerrevisions"),
        ("batch", "v1", True, "Job:jobs CronJob:cronjobs"),
        ("autoscaling", "v2", True, "HorizontalPodAutoscaler:horizontalpodautoscalers"),
        ("policy", "v1", True, "PodDisruptionBudget:poddisruptionbudgets"),
        ("discovery.k8s.io", "v1", True, "EndpointSlice:endpointslices"),
        ("coordination.k8s.io", "v1", True, "Lease:leases"),
        ("storage.k8s.io", "v1", False, "VolumeAttachment:volumeattachments StorageClass:storageclasses"),
        ("apiextensions.k8s.io", "v1", False, "CustomResourceDefinition:customresourcedefinitions"),
        ("authentication.k8s.io", "v1", False, "SelfSubjectReview:selfsubjectreviews"),
        ("authorization.k8s.io", "v1", False, "SelfSubjectAccessReview:selfsubjectaccessreviews"),
    )
    for kind, plural in (pair.split(":") for pair in kinds.split())
}


class Discovery:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Resource] | None = None
        self._preferred: dict[tuple[str, str], Resource] = {}
        self._learned: dict[tuple[str, str], Resource] = {}

    def find(self, kind: str, api_version: str | None = None) -> Resource:
        """The resource of a kind ("Deployment", or "Widget.example.com" where the name alone is ambiguous).

        With `api_version` ("apps/v1") exactly that version. Raises NotFound, which lists similar kinds.
        """
        built_in = BUILT_IN.get(kind)
        if built_in is not None and api_version in (None, built_in.api_version):
            return built_in
        for fresh in (False, True):
            found = self._lookup(kind, api_version, fresh)
            if len(found) == 1:
                return found[0]
            if len(found) > 1:
                raise NotFound(
                    f"kind {kind} is served by several API groups: {', '.join(sorted(one.group for one in found))}",
                    "the name alone does not say which is meant",
                    f"name the group too, for example {kind}.{found[0].group}",
                )
        raise self._unknown(kind, api_version)

    def key(self, resource: Resource) -> str:
        """The name under which a kind is recorded: the bare kind, with its group if the bare kind means another one."""
        built_in = BUILT_IN.get(resource.kind)
        if built_in is not None:
            return resource.kind if built_in.group == resource.group else f"{resource.kind}.{resource.group}"
        alone = len(self._lookup(resource.kind, None, False)) <= 1
        return resource.kind if alone else f"{resource.kind}.{resource.group}"

    def groups(self) -> frozenset[str]:
        """The API groups that the server has; "" is the core's."""
        return frozenset(one.group for one in self._read(False).values())

    def of_cluster(self, *verbs: str) -> list[Resource]:
        """The kinds whose objects are in no namespace and can be treated so, each in the version that the server prefers."""
        self._read(False)
        return [one for one in self._preferred.values() if not one.namespaced and one.verbs.issuperset(verbs)]

    def learn(self, definition: Mapping[str, Any]) -> None:
        """Take the kinds of a CustomResourceDefinition from the definition: the server serves them at once, but lists them later."""
        spec = definition["spec"]
        names, namespaced = spec["names"], spec["scope"] == "Namespaced"
        with self._lock:
            for version in spec["versions"]:
                if version["served"]:
                    one = Resource(spec["group"], version["name"], names["kind"], names["plural"], namespaced)
                    self._learned[one.api_version, one.kind] = one

    def _lookup(self, kind: str, api_version: str | None, fresh: bool) -> list[Resource]:
        known = self._read(fresh)
        if api_version is not None:
            exact = known.get((api_version, kind))
            return [exact] if exact else []
        name, _, group = kind.partition(".")
        found = [one for one in self._preferred.values() if one.kind == name and (not group or one.group == group)]
        core = [one for one in found if one.group == ""]
        return core if core and not group else found

    def _read(self, fresh: bool) -> dict[tuple[str, str], Resource]:
        with self._lock:
            if self._known is None or fresh:
                # In the server's order of preference: groups, then the versions of a group.
                every = list(self._fetch())
                served = {(one.api_version, one.kind) for one in every}
                self._learned = {key: one for key, one in self._learned.items() if key not in served}
                self._index([*every, *self._learned.values()])
            assert self._known is not None
            return self._known

    def _index(self, resources: Iterable[Resource]) -> None:
        """Into new dicts: other threads may be reading the old ones."""
        known: dict[tuple[str, str], Resource] = {}
        preferred: dict[tuple[str, str], Resource] = {}
        for one in resources:
            known[one.api_version, one.kind] = one
            preferred.setdefault((one.group, one.kind), one)
        self._known, self._preferred = known, preferred

    def _fetch(self) -> Iterable[Resource]:
        for root in ("/api", "/apis"):
            document = self._connection.request("GET", root, accept=AGGREGATED).json()
            if "items" in document:
                yield from _aggregated(document)
            elif root == "/api":
                yield from self._legacy("", document.get("versions", []))
            else:
                for group in document.get("groups", []):
                    yield from self._legacy(group["name"], [one["version"] for one in group["versions"]])

    def _legacy(self, group: str, versions: Iterable[str]) -> Iterable[Resource]:
        for version in versions:
            path = f"/apis/{group}/{version}" if group else f"/api/{version}"
            try:
                document = self._connection.request("GET", path).json()
            except ApiError:
                continue  # an aggregated API whose server is down does not affect the other groups
            for one in document.get("resources", []):
                if "/" not in one["name"]:
                    yield Resource(group, version, one["kind"], one["name"], one["namespaced"], frozenset(one.get("verbs") or ()))

    def _unknown(self, kind: str, api_version: str | None) -> NotFound:
        known = self._read(False)
        same = sorted({one.api_version for one in known.values() if one.kind == kind})
        names = sorted({one.kind for one in known.values()})
        near = difflib.get_close_matches(kind, names, n=5, cutoff=0.6)
        lowered = {name.lower(): name for name in names}
        if kind.lower() in lowered and lowered[kind.lower()] not in near:
            near.insert(0, lowered[kind.lower()])
        asked = f"{api_version} {kind}" if api_version else kind
        if same:
            return NotFound(
                f"the server has no {asked}",
                f"it serves {kind} as {', '.join(same)}",
                f"write apiVersion: {same[0]}",
            )
        return NotFound(
            f"the server has no kind {asked}",
            f"similar kinds: {', '.join(near)}" if near else f"it has {len(names)} kinds, none with a name like this",
            "correct the kind, or apply the CustomResourceDefinition that brings it first",
        )


def _aggregated(document: Mapping[str, Any]) -> Iterable[Resource]:
    for group in document["items"]:
        for version in group.get("versions", []):
            for one in version.get("resources", []):
                if "responseKind" not in one or not one["responseKind"].get("kind"):
                    continue
                yield Resource(
                    group.get("metadata", {}).get("name", ""),
                    version["version"],
                    one["responseKind"]["kind"],
                    one["resource"],
                    one["scope"] == "Namespaced",
                    frozenset(one.get("verbs") or ()),
                )
