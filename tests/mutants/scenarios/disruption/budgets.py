"""Budgets of disruptions."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_budget_counts, assert_drain_respects_pdb, assert_eventually, assert_eviction_allowed

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, both, put

GATE = "example.com/serving"
KIND = "PodDisruptionBudget"


def _three() -> Manifests:
    return [workloads.budget(minAvailable=2), workloads.replica_set(replicas=3)]


def _asking(**spec: Any) -> Any:
    """Another bound."""
    return put("spec", {"selector": {"matchLabels": {"app": "web"}}, **spec}, KIND)


def counted(kworkload: Namespace, manifests: Manifests) -> None:
    assert_budget_counts(kworkload.apply(manifests).wait_ready().handles[0], needed=2)


def _of_a_daemon_set(manifests: Manifests) -> None:
    manifests[1] = workloads.daemon_set("web")


def evicted_one_by_one(kworkload: Namespace, manifests: Manifests) -> None:
    """What a drain does, on a cluster that others use too."""
    applied = kworkload.apply(manifests).wait_ready()
    with assert_drain_respects_pdb(applied.handles[0], min_healthy=2):
        applied.replica_set("web").pods()[0].evict()


def _deleted(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_drain_respects_pdb(applied.handles[0], min_healthy=2):
        for pod in applied.replica_set("web").pods()[:2]:
            pod.delete()


def _left_alone(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_drain_respects_pdb(applied.handles[0], min_healthy=2):
        pass


def _all_evicted(kworkload: Namespace, manifests: Manifests) -> None:
    """The second goes before the first one's successor is Ready, also on a machine on which that takes its time."""
    (replica_set,) = [one for one in manifests if one["kind"] == "ReplicaSet"]
    replica_set["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["initialDelaySeconds"] = 5
    applied = kworkload.apply(manifests).wait_ready()
    with assert_drain_respects_pdb(applied.handles[0], min_healthy=2):
        for pod in applied.replica_set("web").pods()[:2]:
            pod.evict()


def _broken() -> Manifests:
    pod = {**workloads.pod_spec(), "readinessGates": [{"conditionType": GATE}]}
    return [workloads.budget(minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow"), workloads.replica_set(replicas=2, pod=pod)]


def let_go(kworkload: Namespace, manifests: Manifests) -> None:
    """One of two pods is not Ready, and runs."""
    applied = kworkload.apply(manifests)
    pods = kworkload.pods("app=web")
    assert_eventually(pods, lambda found: len(found) == 2 and all(map(_runs, found)), says="they run")
    pod, other = applied.replica_set("web").pods()
    other.set_condition(GATE).wait_ready()
    assert_eviction_allowed(applied.handles[0], pod)


def _runs(pod: Any) -> bool:
    return bool(pod["status"].get("phase") == "Running")


SCENARIOS = (
    Scenario(
        "assert_budget_counts",
        _three,
        counted,
        (
            Mutant("minAvailable 1", "pdb-math", "spec.minAvailable (now 1)", put("spec.minAvailable", 1, KIND)),
            Mutant("maxUnavailable 50%", "pdb-math", "spec.maxUnavailable (now 50%)", _asking(maxUnavailable="50%")),
            Mutant(
                "one replica more",
                "pdb-math",
                "spec.maxUnavailable (now 1)",
                both(_asking(maxUnavailable=1), put("spec.replicas", 4, "ReplicaSet")),
            ),
            Mutant("a DaemonSet", "pdb-math", "a whole number", both(_of_a_daemon_set, _asking(minAvailable="50%"))),
            Mutant("a selector for nobody", "pdb-math", "spec.selector", put("spec.selector.matchLabels.app", "nobody", KIND)),
        ),
    ),
    Scenario(
        "assert_drain_respects_pdb",
        _three,
        evicted_one_by_one,
        (
            Mutant("pods are deleted", "pdb-drain", "a budget binds evictions only", check=_deleted),
            Mutant(
                "minAvailable 1", "pdb-drain", "spec.minAvailable: 2 (now minAvailable 1)", put("spec.minAvailable", 1, KIND), _all_evicted
            ),
            Mutant("minAvailable 3", "pdb-drain", "spec.minAvailable (now 3)", put("spec.minAvailable", 3, KIND)),
            Mutant("maxUnavailable 0", "pdb-drain", "spec.maxUnavailable (now 0)", _asking(maxUnavailable=0)),
            Mutant("a selector for nobody", "pdb-drain", "spec.selector", put("spec.selector.matchLabels.app", "nobody", KIND)),
            Mutant("nothing is evicted", "pdb-drain", "drain a node", check=_left_alone),
        ),
    ),
    Scenario(
        "assert_eviction_allowed",
        _broken,
        let_go,
        (
            Mutant(
                "the default policy",
                "pdb-unhealthy-policy",
                "spec.unhealthyPodEvictionPolicy: AlwaysAllow",
                put("spec.unhealthyPodEvictionPolicy", None, KIND),
            ),
            Mutant(
                "a selector for nobody",
                "pdb-blocks-eviction",
                "spec.selector",
                put("spec.selector.matchLabels.app", "nobody", KIND),
            ),
        ),
    ),
)
