"""Pods: readiness, the order of their containers, restarts, and their end."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import (
    Namespace,
    assert_disruption_target,
    assert_eventually,
    assert_graceful_termination,
    assert_init_order,
    assert_not_ready_before,
    assert_observed,
    assert_pod_ready,
    assert_restarted_in_place,
    assert_sidecar_order,
)
from pytest_kworkload.objects.readiness import condition

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put

GATE = "example.com/in-service"
SLOW_END = "trap 'sleep 3; exit 0' TERM; touch /tmp/ready; while :; do sleep 1 & wait $!; done"
DEAF = "trap '' TERM; touch /tmp/ready; while :; do sleep 1; done"


def bare(**spec: Any) -> Any:
    return lambda: workloads.bare_pod(pod={**workloads.pod_spec(), **spec})


def _applied(kworkload: Namespace, manifests: Manifests) -> Any:
    return kworkload.apply(manifests).wait_ready().pod("pod")


def ready(kworkload: Namespace, manifests: Manifests) -> None:
    assert_pod_ready(kworkload.apply(manifests).pod("pod"))


def _not_ready_soon(kworkload: Namespace, manifests: Manifests) -> None:
    assert_pod_ready(kworkload.apply(manifests).pod("pod"), timeout=5)


def seen(kworkload: Namespace, manifests: Manifests) -> None:
    assert_observed(kworkload.apply(manifests).handles[0])


def _not_seen_soon(kworkload: Namespace, manifests: Manifests) -> None:
    assert_observed(kworkload.apply(manifests).handles[0], timeout=5)


def _held_back(*conditions: str, late: bool = True) -> Any:
    """Set these conditions, in their order, when the containers are ready, or at once."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        pod = kworkload.pod("pod", expected=True)
        with assert_not_ready_before(pod, GATE):
            kworkload.apply(manifests)
            if late:
                assert_eventually(
                    kworkload.pods(),
                    lambda pods: bool(pods) and condition(pods[0], "ContainersReady").get("status") == "True",
                    says="the containers are ready",
                )
            for one in conditions:
                pod.set_condition(one)

    return check


def evicted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_disruption_target(pod):
        pod.evict()


def _deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_disruption_target(pod):
        pod.delete()


def _for_another_reason(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_disruption_target(pod, "PreemptionByScheduler"):
        pod.evict()


def restarted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_restarted_in_place(pod, "main"):
        pod.exec(workloads.STOP)


def _not_ended(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_restarted_in_place(_applied(kworkload, manifests), "main", timeout=2):
        pass


def _pod_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_restarted_in_place(pod, "main"):
        pod.delete()


def in_order(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_init_order(kworkload.pod("pod", expected=True)):
        kworkload.apply(manifests)


def _start_not_seen(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_init_order(pod):
        pass


def _said_otherwise(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.pod("pod", expected=True)
    with assert_init_order(pod):
        kworkload.apply(manifests).wait_ready()
        pod.set_condition("Initialized", False)


def served(kworkload: Namespace, manifests: Manifests) -> None:
    pod = _applied(kworkload, manifests)
    with assert_sidecar_order(pod):
        pod.delete()


def _beside(manifests: Manifests) -> None:
    """The sidecar as one more container of the pod."""
    spec = manifests[0]["spec"]
    side = spec.pop("initContainers")[0]
    del side["restartPolicy"]
    spec["containers"].append(side)


def _uncontrolled(manifests: Manifests) -> None:
    """The Deployment's template on its own: an object that no controller looks at."""
    deployment = manifests[0]
    template = deployment.pop("spec")["template"]
    deployment |= {"apiVersion": "v1", "kind": "PodTemplate", "template": template}


def _of_no_node(manifests: Manifests) -> None:
    manifests[:] = [workloads.bare_pod(pod={**workloads.pod_spec(), "nodeName": "nowhere"})]


def _changed(kworkload: Namespace, manifests: Manifests) -> None:
    """The pod's status was written once, and nobody is there to write it again."""
    pod = kworkload.apply(manifests).pod("pod")
    kworkload.client.patch("Pod", pod.name, {"status": {"observedGeneration": 1}}, kworkload.name, subresource="status")
    pod.patch({"spec": {"activeDeadlineSeconds": 600}})
    assert_observed(pod, timeout=1)


def _end(**options: Any) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        pod = _applied(kworkload, manifests)
        with assert_graceful_termination(pod, grace_seconds=4, pre_stop=2):
            pod.delete(**options)

    return check


def _command(script: str) -> Any:
    return put("spec.containers.0.command", ["sh", "-c", script])


SCENARIOS = (
    Scenario(
        "assert_pod_ready",
        bare(),
        ready,
        (
            Mutant("no readiness probe", "pod-readiness", "readinessProbe", drop("spec.containers.0.readinessProbe")),
            Mutant(
                "a probe that fails",
                "pod-readiness",
                "what its state names",
                put("spec.containers.0.readinessProbe.exec.command", ["false"]),
                _not_ready_soon,
            ),
        ),
    ),
    Scenario(
        "assert_observed",
        lambda: workloads.deployment(replicas=1),
        seen,
        (
            Mutant("a PodTemplate, which nobody controls", "observed", "a kind whose controller tells it", _uncontrolled, _not_seen_soon),
            Mutant("a pod whose node is not there", "observed", "what keeps its controller from it", _of_no_node, _changed),
        ),
    ),
    Scenario(
        "assert_not_ready_before",
        bare(readinessGates=[{"conditionType": GATE}]),
        _held_back(GATE),
        (
            Mutant("no such gate", "pod-readiness", "spec.readinessGates", drop("spec.readinessGates")),
            Mutant("somebody says that it is Ready", "pod-readiness", "what writes the pod's status", check=_held_back("Ready", GATE)),
            Mutant("the gate is set too early", "pod-readiness", "when the containers are ready", check=_held_back(GATE, late=False)),
        ),
    ),
    Scenario(
        "assert_disruption_target",
        bare(),
        evicted,
        (
            Mutant("a plain deletion", "pod-disruption-target", "evict()", check=_deleted),
            Mutant("another reason", "pod-disruption-target", "reason='EvictionByEvictionAPI'", check=_for_another_reason),
        ),
    ),
    Scenario(
        "assert_restarted_in_place",
        bare(containers=[{**workloads.pod_spec()["containers"][0], "command": ["sh", "-c", workloads.STOPPABLE]}]),
        restarted,
        (
            Mutant(
                "restartPolicy Never", "pod-restart-in-place", "spec.restartPolicy: Always (now Never)", put("spec.restartPolicy", "Never")
            ),
            Mutant("the pod is deleted", "pod-restart-in-place", "not the pod", check=_pod_deleted),
            Mutant("it does not end", "pod-restart-in-place", "end its process", check=_not_ended),
        ),
    ),
    Scenario(
        "assert_init_order",
        bare(initContainers=[workloads.init_container("one", "sleep 1")]),
        in_order,
        (
            Mutant("no init container", "pod-init-order", "spec.initContainers", drop("spec.initContainers")),
            Mutant("a sidecar instead", "pod-init-order", "without a restartPolicy", put("spec.initContainers.0", workloads.sidecar())),
            Mutant("its start is not seen", "pod-init-order", "apply it in the block", check=_start_not_seen),
            Mutant("somebody says that it is not initialized", "pod-init-order", "what writes the pod's status", check=_said_otherwise),
        ),
    ),
    Scenario(
        "assert_sidecar_order",
        bare(
            initContainers=[workloads.sidecar()],
            containers=[{**workloads.pod_spec()["containers"][0], "command": ["sh", "-c", SLOW_END]}],
            terminationGracePeriodSeconds=10,
        ),
        served,
        (
            Mutant("a container beside the others", "pod-sidecar-order", "restartPolicy: Always", _beside),
            Mutant(
                "a hook that ends the sidecar",
                "pod-sidecar-order",
                "lifecycle.preStop",
                put("spec.initContainers.0.lifecycle", workloads.pre_stop("kill -TERM 1")),
            ),
        ),
    ),
    Scenario(
        "assert_graceful_termination",
        bare(
            containers=[{**workloads.pod_spec()["containers"][0], "lifecycle": workloads.pre_stop("sleep 2")}],
            terminationGracePeriodSeconds=4,
        ),
        _end(),
        (
            Mutant("a program that ignores SIGTERM", "pod-graceful-termination", "end on SIGTERM", _command(DEAF)),
            Mutant("no preStop hook", "pod-graceful-termination", "lifecycle.preStop", drop("spec.containers.0.lifecycle")),
            Mutant(
                "another grace period",
                "pod-graceful-termination",
                "spec.terminationGracePeriodSeconds: 4 (now 9)",
                put("spec.terminationGracePeriodSeconds", 9),
            ),
            Mutant("a deletion by force", "pod-graceful-termination", "without grace_seconds=0", check=_end(grace_seconds=0)),
        ),
    ),
)
