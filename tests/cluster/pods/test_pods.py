"""Pods: readiness, the order of their containers, restarts, and their end."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_consistently,
    assert_disruption_target,
    assert_downward_identity,
    assert_eventually,
    assert_graceful_termination,
    assert_init_order,
    assert_not_ready_before,
    assert_observed,
    assert_pod_ready,
    assert_restarted_in_place,
    assert_sidecar_order,
    assert_volumes_first,
)
from pytest_kworkload.objects.readiness import condition

from .. import workloads
from ..pinned import Pinned

GATE = "example.com/in-service"


def bare(**spec: Any) -> dict[str, Any]:
    """A pod without a controller; these fields are added to its spec."""
    return workloads.bare_pod(pod={**workloads.pod_spec(), **spec})


def container(**fields: Any) -> list[dict[str, Any]]:
    """The pod's only container, with these fields changed."""
    return [{**workloads.pod_spec()["containers"][0], **fields}]


def applied(kworkload: Namespace, **spec: Any) -> Any:
    return kworkload.apply(bare(**spec)).wait_ready().pod("pod")


def containers_ready(kworkload: Namespace) -> None:
    assert_eventually(
        kworkload.pods(),
        lambda pods: bool(pods) and all(condition(one, "ContainersReady").get("status") == "True" for one in pods),
        says="the containers are ready",
    )


class TestPodReady:
    def test_a_pod_becomes_ready(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(bare()).pod("pod")
        assert assert_pod_ready(pod).containers == ("main",)

    def test_ready_without_a_signal(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.pod_spec(probe=False))).pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_pod_ready(pod)
        pinned(failure.value)

    def test_a_pod_that_does_not_become_ready(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(bare(readinessGates=[{"conditionType": GATE}])).pod("pod")
        containers_ready(kworkload)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_pod_ready(pod, timeout=1)
        pinned(failure.value)


class TestObserved:
    def test_a_controller_has_seen_the_spec(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment(replicas=0)).deployment("web")
        web.scale(1)
        assert assert_observed(web).generation == 2

    def test_an_object_that_nobody_observes(self, kworkload: Namespace, pinned: Pinned) -> None:
        config = kworkload.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config"}}).handles[0]
        with pytest.raises(GuaranteeViolated) as failure:
            assert_observed(config)
        pinned(failure.value)


class TestNotReadyBefore:
    def test_a_gate_holds_a_pod_back(self, kworkload: Namespace) -> None:
        pod = kworkload.pod("pod", expected=True)
        with assert_not_ready_before(pod, GATE) as held:
            kworkload.apply(bare(readinessGates=[{"conditionType": GATE}]))
            containers_ready(kworkload)
            pod.set_condition(GATE)
        assert held.seconds > 0

    @pytest.mark.parametrize(
        ("what", "probes"),
        [
            ("startupProbe", {"startupProbe": workloads.READINESS}),
            ("initialDelaySeconds", {"readinessProbe": {**workloads.READINESS, "initialDelaySeconds": 2}}),
        ],
    )
    def test_a_probe_holds_a_pod_back(self, kworkload: Namespace, what: str, probes: dict[str, Any]) -> None:
        slow = workloads.pod_spec(ready_after=2)["containers"][0]
        with assert_not_ready_before(kworkload.pod("pod", expected=True), what) as held:
            kworkload.apply(bare(containers=[{**slow, **probes}]))
        assert held.seconds > 1

    def test_a_pod_that_somebody_says_is_ready(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.pod("pod", expected=True)
        with pytest.raises(GuaranteeViolated) as failure, assert_not_ready_before(pod, GATE):
            kworkload.apply(bare(readinessGates=[{"conditionType": GATE}]))
            containers_ready(kworkload)
            pod.set_condition("Ready")
            pod.set_condition(GATE)
        pinned(failure.value)


class TestDisruptionTarget:
    def test_an_eviction_is_told(self, kworkload: Namespace) -> None:
        pod = applied(kworkload)
        with assert_disruption_target(pod) as disruption:
            pod.evict()
        assert disruption.message

    def test_a_deletion_is_no_disruption(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = applied(kworkload)
        with pytest.raises(GuaranteeViolated) as failure, assert_disruption_target(pod):
            pod.delete()
        pinned(failure.value)


class TestRestartedInPlace:
    def test_a_container_is_started_again(self, kworkload: Namespace) -> None:
        pod = applied(kworkload, containers=container(command=["sh", "-c", workloads.STOPPABLE]))
        with assert_restarted_in_place(pod, "main") as restarted:
            pod.exec(workloads.STOP)
        assert (restarted.restarts, restarted.exit_codes) == (1, (0,))

    def test_a_program_that_hangs_is_started_again(self, kworkload: Namespace) -> None:
        pod = workloads.pod_spec()
        pod["containers"][0]["livenessProbe"] = {**workloads.READINESS, "failureThreshold": 1}
        web = kworkload.apply(workloads.bare_pod(pod=pod)).wait_ready().pod("pod")
        with assert_restarted_in_place(web, "main"):
            web.exec("rm /tmp/ready")

    def test_another_image_is_another_container_of_the_same_pod(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        with assert_restarted_in_place(web, "main"):
            web.patch({"spec": {"containers": [{"name": "main", "image": "busybox:1.36.0"}]}})

    def test_a_container_that_is_not_started_again(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = applied(kworkload, containers=container(command=["sh", "-c", workloads.STOPPABLE]), restartPolicy="Never")
        with pytest.raises(GuaranteeViolated) as failure, assert_restarted_in_place(pod, "main"):
            pod.exec(workloads.STOP)
        pinned(failure.value)


class TestInitOrder:
    def test_init_containers_run_one_by_one(self, kworkload: Namespace) -> None:
        steps = [workloads.init_container("one", "sleep 1"), workloads.sidecar(), workloads.init_container("two", "true")]
        with assert_init_order(kworkload.pod("pod", expected=True)) as start:
            kworkload.apply(bare(initContainers=steps))
        assert (start.order, start.started) == (("one", "two"), ("main",))

    def test_a_pod_that_fails_in_its_init(self, kworkload: Namespace) -> None:
        steps = [workloads.init_container("one", "false"), workloads.init_container("two", "true")]
        with assert_init_order(kworkload.pod("pod", expected=True)) as start:
            kworkload.apply(bare(initContainers=steps, restartPolicy="Never"))
        assert (start.order, start.started) == (("one",), ())

    def test_a_sidecar_is_not_waited_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_init_order(kworkload.pod("pod", expected=True)):
            kworkload.apply(bare(initContainers=[workloads.sidecar()]))
        pinned(failure.value)

    def test_a_pod_that_somebody_says_is_not_initialized(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.pod("pod", expected=True)
        with pytest.raises(GuaranteeViolated) as failure, assert_init_order(pod):
            kworkload.apply(bare(initContainers=[workloads.init_container("one", "true")])).wait_ready()
            pod.set_condition("Initialized", False)
        pinned(failure.value)


class TestSidecarOrder:
    def test_a_sidecar_starts_first_and_ends_last(self, kworkload: Namespace) -> None:
        pod = kworkload.pod("pod", expected=True)
        with assert_sidecar_order(pod) as start:
            kworkload.apply(bare(initContainers=[workloads.sidecar(startupProbe=workloads.READINESS)]))
        assert start.started
        with assert_sidecar_order(pod) as end:
            pod.delete()
        assert set(end.ends) == {"main", "side"}

    def test_a_sidecar_that_ends_too_early(self, kworkload: Namespace, pinned: Pinned) -> None:
        slow = container(command=["sh", "-c", "trap 'sleep 3; exit 0' TERM; touch /tmp/ready; while :; do sleep 1 & wait $!; done"])
        hasty = workloads.sidecar(lifecycle=workloads.pre_stop("kill -TERM 1"))
        pod = applied(kworkload, containers=slow, initContainers=[hasty], terminationGracePeriodSeconds=10)
        with pytest.raises(GuaranteeViolated) as failure, assert_sidecar_order(pod):
            pod.delete()
        pinned(failure.value)


class TestGracefulTermination:
    def test_a_pod_ends_in_its_grace_period(self, kworkload: Namespace) -> None:
        pod = applied(kworkload, containers=container(lifecycle=workloads.pre_stop("sleep 2")), terminationGracePeriodSeconds=10)
        with assert_graceful_termination(pod, grace_seconds=10, pre_stop=2) as end:
            pod.delete()
        assert end.exit_codes == {"main": 0}
        assert end.seconds >= 1

    def test_a_program_that_ignores_its_end(self, kworkload: Namespace, pinned: Pinned) -> None:
        deaf = container(command=["sh", "-c", "trap '' TERM; touch /tmp/ready; while :; do sleep 1; done"])
        pod = applied(kworkload, containers=deaf, terminationGracePeriodSeconds=1)
        with pytest.raises(GuaranteeViolated) as failure, assert_graceful_termination(pod):
            pod.delete()
        pinned(failure.value)

    def test_a_deletion_by_force_waits_for_nothing(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = applied(kworkload)
        with pytest.raises(GuaranteeViolated) as failure, assert_graceful_termination(pod):
            pod.delete(grace_seconds=0)
        pinned(failure.value)


class TestDownwardIdentity:
    def test_a_pod_knows_itself(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.informed()).wait_ready().pod("pod")
        assert assert_downward_identity(pod).told == {"NAME": "pod", "NODE": pod.node, "COLOUR": "red"}

    def test_a_variable_that_is_out_of_date(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.informed()).wait_ready().pod("pod")
        pod.patch({"metadata": {"labels": {"colour": "blue"}}})
        with pytest.raises(GuaranteeViolated) as failure:
            assert_downward_identity(pod)
        pinned(failure.value)


def before_its_settings(kworkload: Namespace, manifest: Any) -> None:
    """Apply the pod, and the ConfigMap when it would have started without."""
    kworkload.apply(manifest)
    assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="it is there", duration=2)
    kworkload.apply(workloads.settings())


RUNS = {"name": "main", "image": "busybox:1.36", "imageID": "", "ready": True, "restartCount": 0}


def said_to_run(kworkload: Namespace, manifest: Any) -> None:
    """Apply a pod of a node that is not there, and write what its kubelet would; the ConfigMap comes afterwards."""
    kworkload.apply(manifest)
    status = {"phase": "Running", "containerStatuses": [{**RUNS, "state": {"running": {}}}]}
    kworkload.client.patch("Pod", "pod", {"status": status}, kworkload.name, subresource="status")
    assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="it is there", duration=2)
    kworkload.apply(workloads.settings())


class TestVolumesFirst:
    def test_no_container_before_its_volumes(self, kworkload: Namespace) -> None:
        with assert_volumes_first(kworkload.pod("pod", expected=True)) as first:
            before_its_settings(kworkload, workloads.configured())
        assert first.awaited == ("ConfigMap settings",)

    def test_a_volume_that_may_be_missing(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_volumes_first(kworkload.pod("pod", expected=True)):
            before_its_settings(kworkload, workloads.configured(optional=True))
        pinned(failure.value)

    def test_a_pod_that_somebody_says_runs_already(self, kworkload: Namespace, pinned: Pinned) -> None:
        """No kubelet breaks this promise, whatever a user does; somebody who writes in its place can say so."""
        pod = workloads.configured()
        pod["spec"]["nodeName"] = "nowhere"
        with pytest.raises(GuaranteeViolated) as failure, assert_volumes_first(kworkload.pod("pod", expected=True)):
            said_to_run(kworkload, pod)
        pinned(failure.value)
