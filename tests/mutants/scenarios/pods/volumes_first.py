"""What the volumes of a pod need before its containers start."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_volumes_first

from ....cluster import workloads
from ....cluster.pods.actions import before_its_settings, said_to_run
from ...scenario import Manifests, Mutant, Scenario, put


def after_its_volumes(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_volumes_first(kworkload.pod("pod", expected=True)):
        before_its_settings(kworkload, manifests[0])


def _by_another_kubelet(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_volumes_first(kworkload.pod("pod", expected=True)):
        said_to_run(kworkload, manifests[0])


def _settings_first(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_volumes_first(kworkload.pod("pod", expected=True)):
        kworkload.apply([workloads.settings(), *manifests])


SCENARIOS = (
    Scenario(
        "assert_volumes_first",
        workloads.configured,
        after_its_volumes,
        (
            Mutant("it may be missing", "pod-volumes-first", "not optional", put("spec.volumes.0.configMap.optional", True)),
            Mutant(
                "somebody says that it runs",
                "pod-volumes-first",
                "writes the pod's status",
                put("spec.nodeName", "nowhere"),
                _by_another_kubelet,
            ),
            Mutant("all is there before", "pod-volumes-first", "a second or more after the pod", check=_settings_first),
        ),
    ),
)
