"""What is asked of a server, by the client's own code: of a real one when it is recorded, of its recording in the tests.

Each part is a function of a client that returns what the code made of the answers. What it sends must be the same each time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

from pytest_kworkload.errors import ApiError, NotFound
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.source import Event, Gone, Identities, Listing
from pytest_kworkload.kube import access, discovery
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.discovery import Discovery, Resource
from pytest_kworkload.kube.watch import ClusterSource
from pytest_kworkload.providers.existing import rights
from pytest_kworkload.workloads.dropped import dropped

NAMESPACE, ELSEWHERE = "kworkload-recording", "kworkload-recording-elsewhere"
STRANGER = "stranger"  # a service account that may do nothing

V2, V2BETA1 = (f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1"))
FORMS = {
    "as asked": discovery.AGGREGATED,
    "v2": f"{V2},application/json",
    "v2beta1": f"{V2BETA1},application/json",
    "older": "application/json",
}

Manifest = dict[str, Any]


def manifest(api_version: str, kind: str, name: str, **parts: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **parts}


def pod_spec(**container: Any) -> Manifest:
    """No scheduler takes it, so it stays as it is on a server without controllers and on a whole cluster."""
    return {
        "schedulerName": "nobody",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "main", "image": "busybox:1.35.0", **container}],
    }


def template(**pod: Any) -> Manifest:
    return {"metadata": {"labels": {"app": "a"}}, "spec": {**pod_spec(), **pod}}


SELECTOR = {"matchLabels": {"app": "a"}}

# Fields that not every minor has. Kubernetes' own list of gates says since when each is on.
FIELDS = {
    "maxUnavailable of a StatefulSet": manifest(
        "apps/v1",
        "StatefulSet",
        "a",
        spec={
            "serviceName": "a",
            "selector": SELECTOR,
            "template": template(),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}},
        },
    ),
    "resources of a whole pod": manifest("v1", "Pod", "a", spec={**pod_spec(), "resources": {"limits": {"memory": "64Mi"}}}),
    "class of a volume's attributes": manifest(
        "v1",
        "PersistentVolumeClaim",
        "a",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}, "volumeAttributesClassName": "fast"},
    ),
    "trafficDistribution of a Service": manifest(
        "v1", "Service", "a", spec={"selector": {"app": "a"}, "ports": [{"port": 80}], "trafficDistribution": "PreferClose"}
    ),
    "successPolicy of a Job": manifest(
        "batch/v1",
        "Job",
        "a",
        spec={
            "completionMode": "Indexed",
            "completions": 2,
            "parallelism": 2,
            "successPolicy": {"rules": [{"succeededCount": 1}]},
            "template": template(restartPolicy="Never"),
        },
    ),
    "podReplacementPolicy of a Job": manifest(
        "batch/v1", "Job", "a", spec={"podReplacementPolicy": "Failed", "template": template(restartPolicy="Never")}
    ),
    "a sidecar": manifest(
        "v1", "Pod", "a", spec={**pod_spec(), "initContainers": [{"name": "s", "image": "i:1", "restartPolicy": "Always"}]}
    ),
    "unhealthyPodEvictionPolicy of a budget": manifest(
        "policy/v1", "PodDisruptionBudget", "a", spec={"minAvailable": 1, "selector": SELECTOR, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
    ),
}


def version(client: Client) -> str:
    return client.version()


def kinds(client: Client, accept: str) -> set[Resource]:
    """All kinds, from one form of discovery."""
    with patch.object(discovery, "AGGREGATED", accept):
        return set(Discovery(client.connection)._fetch())


def groups(client: Client) -> tuple[frozenset[str], dict[str, str | None]]:
    """The API groups, and the version that is preferred of some kinds that not every minor has (None: it has it not)."""
    preferred: dict[str, str | None] = {}
    for kind in ("NetworkPolicy", "ValidatingAdmissionPolicy", "ServiceCIDR", "VolumeAttributesClass", "DeviceClass"):
        preferred[kind] = None
        with contextlib.suppress(NotFound):
            preferred[kind] = client.resource(kind).api_version
    return client.discovery.groups(), preferred


def fields(client: Client) -> dict[str, list[str] | ApiError]:
    """For each field: which paths the server drops, or its refusal. Nothing is made."""
    found: dict[str, list[str] | ApiError] = {}
    for name, sent in FIELDS.items():
        try:
            found[name] = dropped(sent, client.apply(sent, NAMESPACE, dry_run=True)[0])
        except ApiError as error:
            found[name] = error
    return found


def status_of_a_pod(client: Client) -> Manifest:
    """A pod whose kubelet (it is played) tells which generation its status is about, if the server knows such a field."""
    client.create(manifest("v1", "Pod", "told", spec=pod_spec()), NAMESPACE)
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
    client.patch("Pod", "told", {"status": status}, NAMESPACE, subresource="status")
    with contextlib.suppress(ApiError):
        client.patch("Pod", "told", {"status": {"observedGeneration": 1}}, NAMESPACE, subresource="status")
    return client.get("Pod", "told", NAMESPACE)


def eviction(client: Client) -> ApiError:
    """An eviction that a budget forbids: its controller has not counted yet, or nobody is to be missing."""
    labels = {"app": "guarded"}
    client.create(
        manifest("policy/v1", "PodDisruptionBudget", "guard", spec={"minAvailable": 1, "selector": {"matchLabels": labels}}), NAMESPACE
    )
    guarded = manifest("v1", "Pod", "guarded", spec=pod_spec())
    client.create({**guarded, "metadata": {"name": "guarded", "labels": labels}}, NAMESPACE)
    client.patch("Pod", "guarded", {"status": {"phase": "Running"}}, NAMESPACE, subresource="status")
    return _refused(partial(client.evict, "guarded", NAMESPACE))


def watch(client: Client) -> tuple[Listing, list[Event]]:
    """The list that a recording begins with, and the watch from there until the server ends it."""
    source = ClusterSource(client)
    listing = source.list("Pod", NAMESPACE)
    client.create(manifest("v1", "Pod", "seen", spec=pod_spec()), NAMESPACE)
    client.patch("Pod", "seen", {"metadata": {"labels": {"a": "b"}}}, NAMESPACE)
    client.delete("Pod", "seen", NAMESPACE, grace_seconds=0)
    with patch("pytest_kworkload.kube.watch.WATCH_SECONDS", 6):  # the bookmark comes two seconds before the end
        stream = source.watch("Pod", NAMESPACE, listing.revision)
    # There is one only if the server has seen something of the kind since, in another namespace for example.
    client.create(manifest("v1", "Pod", "unseen", spec=pod_spec()), ELSEWHERE)
    return listing, list(stream)


def forgotten(client: Client) -> str:
    """A watch from a version that the server has no more."""
    try:
        list(ClusterSource(client).watch("Pod", NAMESPACE, 1))
    except Gone as gone:
        return str(gone)
    return ""


def pages(client: Client) -> tuple[list[str], Identities]:
    for name in ("one", "two", "three"):
        client.create(manifest("v1", "Service", name, spec={"ports": [{"port": 80}]}), NAMESPACE)
    with patch("pytest_kworkload.kube.client.PAGE", 2):
        names = [str(one["metadata"]["name"]) for one in client.list("Service", NAMESPACE)]
        return names, ClusterSource(client).identities("Service", NAMESPACE, Deadline.after(60))


def refusals(client: Client) -> dict[str, ApiError]:
    service = manifest("v1", "Service", "mine", spec={"ports": [{"port": 80}]})
    client.apply(service, NAMESPACE, manager="somebody")
    other = manifest("v1", "Service", "mine", spec={"ports": [{"port": 80}], "sessionAffinity": "ClientIP"})
    client.apply(other, NAMESPACE, manager="somebody")
    conflict = manifest("v1", "Service", "mine", spec={"ports": [{"port": 80}], "sessionAffinity": "None"})
    wrong = manifest("apps/v1", "Deployment", "wrong", spec={"replicas": -1, "selector": SELECTOR, "template": template()})
    unknown = manifest("v1", "Service", "unknown", spec={"ports": [{"port": 80}], "sessionAfinity": "None"})
    return {
        "not there": _refused(partial(client.get, "Pod", "nobody", NAMESPACE)),
        "there already": _refused(partial(client.create, service, NAMESPACE)),
        "somebody else's field": _refused(partial(client.apply, conflict, NAMESPACE)),
        "a wrong value": _refused(partial(client.apply, wrong, NAMESPACE)),
        "an unknown field": _refused(partial(client.apply, unknown, NAMESPACE)),
        "an unknown field, created": _refused(partial(client.create, unknown, NAMESPACE)),
    }


def rights_of_an_administrator(client: Client) -> frozenset[access.Right]:
    return access.denied(client, rights.EVERYTHING)


def rights_of_a_stranger(client: Client) -> tuple[str, frozenset[access.Right], ApiError]:
    return access.user(client), access.denied(client, rights.EVERYTHING), _refused(partial(client.list, "Pod", NAMESPACE))


def _refused(call: Callable[[], Any]) -> ApiError:
    try:
        call()
    except ApiError as error:
        return error
    raise AssertionError("it was not refused")


PARTS: dict[str, Callable[[Client], Any]] = {
    "version": version,
    **{f"kinds, {form}": partial(kinds, accept=accept) for form, accept in FORMS.items()},
    "groups": groups,
    "fields": fields,
    "status of a pod": status_of_a_pod,
    "eviction": eviction,
    "watch": watch,
    "forgotten": forgotten,
    "pages": pages,
    "refusals": refusals,
    "rights of an administrator": rights_of_an_administrator,
    "rights of a stranger": rights_of_a_stranger,
}
