"""Bare pods, and pods of a ReplicaSet."""

from __future__ import annotations

from pytest_kworkload import Namespace, Workload, assert_downward_identity, assert_not_recreated, assert_self_heals, assert_volumes_first

from ....cluster import workloads
from ....cluster.pods.test_pods import before_its_settings, said_to_run
from ...scenario import Manifests, Mutant, Scenario, drop, put


def not_recreated(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    kworkload.apply(workloads.replica_set(replicas=1)).wait_ready()
    with assert_not_recreated(pod):
        pod.delete()


def _not_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_not_recreated(pod):
        pass


def heals(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_self_heals(applied.find(Workload, None))


def _under_a_quota(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    kworkload.apply(workloads.quota(0)).wait_ready()
    assert_self_heals(applied.find(Workload, None), timeout=5)


def _edited(kworkload: Namespace, manifests: Manifests) -> None:
    """A ReplicaSet rolls nothing out: its next pod has the new template."""
    web = kworkload.apply(manifests).wait_ready().find(Workload, None)
    web.set_image("main", "busybox:does-not-exist")
    assert_self_heals(web, timeout=5)


def knows_itself(kworkload: Namespace, manifests: Manifests) -> None:
    assert_downward_identity(kworkload.apply(manifests).wait_ready().pod("pod"))


def _painted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    assert_downward_identity(pod.patch({"metadata": {"labels": {"colour": "blue"}}}))


def after_its_volumes(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_volumes_first(kworkload.pod("pod", expected=True)):
        before_its_settings(kworkload, manifests)


def _by_another_kubelet(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_volumes_first(kworkload.pod("pod", expected=True)):
        said_to_run(kworkload, manifests[0])


def _settings_first(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_volumes_first(kworkload.pod("pod", expected=True)):
        kworkload.apply([workloads.settings(), *manifests])


SCENARIOS = (
    Scenario(
        "assert_not_recreated",
        workloads.bare_pod,
        not_recreated,
        (
            Mutant("labels that a ReplicaSet selects", "pod-bare-not-recreated", "metadata.labels", put("metadata.labels", {"app": "web"})),
            Mutant("it is not deleted", "pod-bare-not-recreated", "delete()", check=_not_deleted),
        ),
    ),
    Scenario(
        "assert_self_heals",
        workloads.replica_set,
        heals,
        (
            Mutant("a quota forbids the replacement", "self-heal", "a quota", check=_under_a_quota),
            Mutant("a new template that does not run", "self-heal", "what the warning names", check=_edited),
        ),
    ),
    Scenario(
        "assert_downward_identity",
        workloads.informed,
        knows_itself,
        (
            Mutant("another label since", "pod-downward-identity", "a downwardAPI volume", check=_painted),
            Mutant("it is told nothing", "pod-downward-identity", "valueFrom.fieldRef", drop("spec.containers.0.env")),
        ),
    ),
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
