"""One pod at a time for each replica."""

from __future__ import annotations

from collections.abc import Callable

from pytest_kworkload import Namespace, StatefulSet, assert_at_most_one_per_ordinal

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Check, Manifests, Mutant, Scenario, put


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def replaced(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_at_most_one_per_ordinal(db):
        db.pods()[0].delete()


def _replaced_by(act: Callable[[StatefulSet], object]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = ready_stateful_set(kworkload, manifests)
        with assert_at_most_one_per_ordinal(db):
            act(db)

    return check


SCENARIOS = (
    Scenario(
        "assert_at_most_one_per_ordinal",
        _set,
        replaced,
        (
            Mutant(
                "terminationGracePeriodSeconds 0",
                "sts-at-most-one",
                "spec.template.spec.terminationGracePeriodSeconds: 1 or more (now 0)",
                put("spec.template.spec.terminationGracePeriodSeconds", 0, "StatefulSet"),
            ),
            Mutant(
                "deleted by force",
                "sts-at-most-one",
                "grace_seconds=0",
                check=_replaced_by(lambda db: db.pods()[0].delete(grace_seconds=0)),
            ),
            Mutant("nothing is deleted", "sts-at-most-one", "no replica was replaced", check=_replaced_by(lambda db: db.scale(3))),
        ),
    ),
)
