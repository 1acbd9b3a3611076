"""The numbers of the replicas."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_ordinals_shift

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Check, Manifests, Mutant, Scenario


def _shifted(start: int, victim: int | None = None, replicas: int = 2) -> Check:
    """Move the first ordinal; delete one of the pods; change the number."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = ready_stateful_set(kworkload, manifests)
        with assert_ordinals_shift(db):
            if victim is not None:
                db.pods()[victim].delete()
            db.patch({"spec": {"replicas": replicas, "ordinals": {"start": start}}})

    return check


SCENARIOS = (
    Scenario(
        "assert_ordinals_shift",
        lambda: workloads.stateful_set(replicas=2),
        _shifted(1),
        (
            Mutant(
                "a replica is replaced meanwhile", "sts-ordinals-shift", "creates or deletes pods of this set", check=_shifted(1, victim=1)
            ),
            Mutant("one replica more instead", "sts-ordinals-shift", "spec.ordinals.start", check=_shifted(0, replicas=3)),
        ),
    ),
)
