"""The recording when the server forgets or the connection drops; what a wait and an apply say when they fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_kworkload import ApiError, Cluster, Inconclusive, ManifestError, Namespace, NotFound, WaitTimeout, assert_rolling_update
from pytest_kworkload.cluster.running import Wish
from pytest_kworkload.history.source import Gone
from pytest_kworkload.kube.watch import ClusterSource
from pytest_kworkload.providers.embedded.provider import Embedded
from pytest_kworkload.settings import Settings

from . import workloads
from .pinned import Pinned
from .workloads import new_version


class TestForgetfulServer:
    @pytest.fixture(scope="class")
    @classmethod
    def kworkload_cluster(cls) -> Iterator[Cluster]:
        """A cluster that forgets old versions each second, and keeps no versions of pods beside its storage."""
        arguments = ("--etcd-compaction-interval=1s", "--watch-cache-sizes=pods#0")
        wish = Wish(1, tuple(f"--kube-apiserver-arg={one}" for one in arguments))
        cluster = Cluster(Embedded().start(wish, Settings()), "forgetful")
        yield cluster
        cluster.close()

    def test_what_the_server_forgot_makes_a_verdict_inconclusive(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=2)).wait_ready().deployment("web")
        with pytest.raises(Inconclusive) as told, assert_rolling_update(web, min_available=1):
            kworkload.recording.pause("Pod")
            missed = now(kworkload)
            web.patch(new_version())
            until_forgotten(kworkload, missed)
            kworkload.recording.resume("Pod")
        (gap,) = kworkload.recording.since().gaps
        assert gap.kind == "Pod"
        assert gap.after <= missed
        pinned(told.value)

    def test_after_a_gap_the_recording_is_complete_again(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment(replicas=2)).wait_ready().deployment("web")
        kworkload.recording.pause("Pod")
        missed = now(kworkload)
        web.pods()[0].delete()
        until_forgotten(kworkload, missed)
        kworkload.recording.resume("Pod")
        web.wait_ready()
        with assert_rolling_update(web, min_available=1):
            web.patch(new_version())


def now(namespace: Namespace) -> int:
    """The revision of the storage, which is at or after whatever the recording has read."""
    return ClusterSource(namespace.client).identities("Pod", namespace.name, namespace.deadline(None)).revision


def until_forgotten(namespace: Namespace, revision: int) -> None:
    """Wait until the server no longer has the versions of pods after this one."""
    source = ClusterSource(namespace.client)
    # The node renews its lease again and again: a clock of the cluster's own.
    for _ in source.watch("Lease", None, revision):
        try:
            for _ in source.watch("Pod", namespace.name, revision):
                break
        except Gone:
            return
    raise AssertionError("the stream of leases ended before the server forgot anything")


def test_a_dropped_watch_resumes_without_a_gap(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=3) as rollout:
        kworkload.recording.pause("Pod", "ReplicaSet", "Deployment")
        web.patch(new_version())
        kworkload.client.find("Deployment", "web", kworkload.name)
        kworkload.recording.resume("Pod", "ReplicaSet", "Deployment")
    assert kworkload.recording.since().gaps == ()
    assert rollout.lowest_available == 3


class TestWaitTimeout:
    def test_an_image_that_cannot_be_pulled(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(changed(workloads.bare_pod("web"), image="registry.invalid/web:1")).pod("web")
        refused = ("ErrImagePull", "ImagePullBackOff")
        until_container(kworkload, lambda status: status["state"].get("waiting", {}).get("reason") in refused, event="Error: ErrImagePull")
        with pytest.raises(WaitTimeout) as told:
            pod.wait_ready(0.5)
        lines = str(told.value).splitlines()
        assert lines[0] == "waited 0.5 s for Pod web to be ready"
        # It is one or the other, for the kubelet tries again and again.
        assert re.match("  last seen: container main: (ImagePullBackOff: Back-off pulling image|ErrImagePull: ).*no such host$", lines[1])
        assert lines[2] == "  newest events:"
        assert "    Warning Failed Pod/web: Error: ErrImagePull" in lines[3:]
        assert lines[-1] == f"  do:  {kworkload.recording.look} describe pods; give a longer timeout if it only needs more time"

    def test_a_deployment_whose_pods_crash(self, kworkload: Namespace) -> None:
        pod = workloads.pod_spec(command="echo no configuration; exit 3", probe=False)
        web = kworkload.apply(workloads.deployment(replicas=1, pod=pod, minReadySeconds=60)).deployment("web")
        until_container(kworkload, lambda status: status["restartCount"] and "running" not in status["state"], event="Container started")
        with pytest.raises(WaitTimeout) as told:
            web.wait_ready(0.5)
        (name,) = (one.name for one in web.pods())
        lines = str(told.value).splitlines()
        assert lines[:2] == ["waited 0.5 s for Deployment web to be ready", "  last seen: 0 of 1 replicas available, 1 updated, 1 in all"]
        # It is one or the other, for the kubelet tries again and again.
        state = r"(CrashLoopBackOff: back-off 10s restarting failed container=main .*|exit code 3 \(Error\))"
        assert re.fullmatch(f" {{13}}pod {name}: container main: {state}", lines[2])
        assert lines[3] == "  newest events:"
        assert f"    Normal Started Pod/{name}: Container started" in lines[4:]
        assert lines[-1] == f"  do:  {kworkload.recording.look} describe pods; give a longer timeout if it only needs more time"


def until_container(namespace: Namespace, condition: Callable[[dict[str, Any]], object], *, event: str) -> None:
    """Wait until a container's status is like this, and an event of this text came."""
    namespace.recording.wait_for(
        lambda history: (
            any(condition(one) for pod in history.objects("Pod").values() for one in pod.get("status", {}).get("containerStatuses") or ())
            and any(one["message"] == event for one in history.objects("Event").values())
        ),
        f"a container to come to {event}",
        namespace.deadline(None),
    )


def changed(pod: dict[str, Any], **container: Any) -> dict[str, Any]:
    pod["spec"]["containers"][0].update(container)
    return pod


CRD = """
apiVersion: shop.example.com/v1
kind: Widget
metadata: {name: blue}
spec: {size: 3}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example.com}
spec:
  group: shop.example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer, minimum: 1}}}}
"""


class TestApply:
    def test_a_custom_resource_and_its_definition_in_one_manifest(self, kworkload: Namespace) -> None:
        widget = kworkload.apply(CRD).object("Widget", "blue")
        assert widget.get()["spec"] == {"size": 3}
        widget.patch({"spec": {"size": 4}}, type="merge")
        sizes = kworkload.recording.wait_for(
            lambda history: [one.object["spec"]["size"] for one in history.of("Widget")] == [3, 4] or None,
            "both versions of the widget",
            kworkload.deadline(None),
        )
        assert sizes

    def test_an_unknown_kind(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(NotFound) as told:
            kworkload.apply("apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: web}\n")
        pinned(told.value)

    def test_malformed_yaml(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(ManifestError) as told:
            kworkload.apply("kind: Pod\nmetadata:\n  name: web\n name: db\n")
        pinned(told.value)

    def test_an_object_that_the_server_refuses(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=-1)
        manifest["spec"]["template"]["metadata"]["labels"] = {"app": "db"}
        with pytest.raises(ApiError) as told:
            kworkload.apply([workloads.bare_pod("first"), manifest])
        assert set(told.value.fields) == {"spec.replicas", "spec.template.metadata.labels"}
        assert kworkload.client.find("Deployment", "web", kworkload.name) is None
        there = kworkload.client.find("Pod", "first", kworkload.name)
        assert there is None or "deletionTimestamp" in there["metadata"], "what the call created is taken back"
        pinned(told.value)

    def test_an_unknown_field(self, kworkload: Namespace) -> None:
        with pytest.raises(ApiError, match=r"\.spec\.replica: field not declared in schema"):
            kworkload.apply(workloads.deployment(replica=4))

    def test_another_namespace(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.deployment()
        manifest["metadata"]["namespace"] = "production"
        with pytest.raises(ManifestError) as told:
            kworkload.apply(manifest)
        pinned(told.value)
        kworkload.apply(manifest, override_namespace=True)
        assert kworkload.deployment("web").get()["metadata"]["namespace"] == kworkload.name

    def test_a_field_that_another_manager_owns(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1)).deployment("web")
        path = kworkload.client.resource("Deployment").path(kworkload.name, "web")
        autoscaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2}}
        kworkload.client.connection.request(
            "PATCH",
            path,
            query={"fieldManager": "autoscaler", "force": True},
            body=autoscaled,
            content_type="application/apply-patch+yaml",
        )
        with pytest.raises(ApiError) as told:
            kworkload.apply(workloads.deployment(replicas=3))
        assert told.value.fields == ("spec.replicas",)
        pinned(told.value)
        kworkload.apply(workloads.deployment(replicas=3), force=True)
        assert web.get()["spec"]["replicas"] == 3
