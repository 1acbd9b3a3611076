"""Objects whose status is about the spec that they have now."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_observed

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario


def seen(kworkload: Namespace, manifests: Manifests) -> None:
    assert_observed(kworkload.apply(manifests).handles[0])


def _not_seen_soon(kworkload: Namespace, manifests: Manifests) -> None:
    assert_observed(kworkload.apply(manifests).handles[0], timeout=5)


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


SCENARIOS = (
    Scenario(
        "assert_observed",
        lambda: workloads.deployment(replicas=1),
        seen,
        (
            Mutant("a PodTemplate, which nobody controls", "observed", "a kind whose controller says so", _uncontrolled, _not_seen_soon),
            Mutant("a pod whose node is not there", "observed", "what keeps its controller from it", _of_no_node, _changed),
        ),
    ),
)
