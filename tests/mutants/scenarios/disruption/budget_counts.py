"""How many pods a budget requires to stay healthy."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_budget_counts

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, both, put
from .drain import KIND, bounded, three


def counted(kworkload: Namespace, manifests: Manifests) -> None:
    assert_budget_counts(kworkload.apply(manifests).wait_ready().handles[0], needed=2)


def _of_a_daemon_set(manifests: Manifests) -> None:
    manifests[1] = workloads.daemon_set("web")


SCENARIOS = (
    Scenario(
        "assert_budget_counts",
        three,
        counted,
        (
            Mutant("minAvailable 1", "pdb-math", "spec.minAvailable: 2 (now 1)", put("spec.minAvailable", 1, KIND)),
            Mutant("maxUnavailable 50%", "pdb-math", "spec.maxUnavailable: 33% (now 50%)", bounded(maxUnavailable="50%")),
            Mutant(
                "one replica more",
                "pdb-math",
                "spec.maxUnavailable: 2 (now 1)",
                both(bounded(maxUnavailable=1), put("spec.replicas", 4, "ReplicaSet")),
            ),
            Mutant("a DaemonSet", "pdb-math", "a whole number", both(_of_a_daemon_set, bounded(minAvailable="50%"))),
            Mutant("a selector for nobody", "pdb-math", "spec.selector", put("spec.selector.matchLabels.app", "nobody", KIND)),
        ),
    ),
)
