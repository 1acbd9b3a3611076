"""How many pods stay healthy while nodes are drained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_kworkload import Namespace, assert_drain_respects_pdb

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

KIND = "PodDisruptionBudget"


def three() -> Manifests:
    return [workloads.budget(minAvailable=2), workloads.replica_set(replicas=3)]


def bounded(**spec: Any) -> Callable[[Manifests], None]:
    """Another bound."""
    return put("spec", {"selector": {"matchLabels": {"app": "web"}}, **spec}, KIND)


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
    """The second is evicted before the first one's successor is Ready, also on a machine on which that takes its time."""
    (replica_set,) = [one for one in manifests if one["kind"] == "ReplicaSet"]
    replica_set["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["initialDelaySeconds"] = 5
    applied = kworkload.apply(manifests).wait_ready()
    with assert_drain_respects_pdb(applied.handles[0], min_healthy=2):
        for pod in applied.replica_set("web").pods()[:2]:
            pod.evict()


SCENARIOS = (
    Scenario(
        "assert_drain_respects_pdb",
        three,
        evicted_one_by_one,
        (
            Mutant("pods are deleted", "pdb-drain", "a budget binds evictions only", check=_deleted),
            Mutant("minAvailable 1", "pdb-drain", "spec.minAvailable: 2 (now 1)", put("spec.minAvailable", 1, KIND), _all_evicted),
            Mutant("minAvailable 3", "pdb-drain", "spec.minAvailable: 2 (now 3)", put("spec.minAvailable", 3, KIND)),
            Mutant("maxUnavailable 0", "pdb-drain", "spec.maxUnavailable: 1 (now 0)", bounded(maxUnavailable=0)),
            Mutant("a selector for nobody", "pdb-drain", "spec.selector", put("spec.selector.matchLabels.app", "nobody", KIND)),
            Mutant("nothing is evicted", "pdb-drain", "drain a node", check=_left_alone),
        ),
    ),
)
