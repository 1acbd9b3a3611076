"""What becomes of dependents when their owner is deleted."""

from __future__ import annotations

from typing import Literal

from pytest_kworkload import Namespace, assert_cascading_delete

from ....cluster import workloads
from ...scenario import Check, Manifests, Mutant, Scenario

Propagation = Literal["Background", "Foreground", "Orphan"]


def _cascaded(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_cascading_delete(web):
        web.delete()


def _with_propagation(wanted: Propagation, used: Propagation) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = kworkload.apply(manifests).wait_ready().replica_set("web")
        with assert_cascading_delete(web, propagation=wanted, settle=1):
            web.delete(propagation=used)

    return check


SCENARIOS = (
    Scenario(
        "assert_cascading_delete",
        lambda: workloads.replica_set(replicas=1),
        _cascaded,
        (
            Mutant("Orphan", "owner-cascade", "propagation='Background'", check=_with_propagation("Background", "Orphan")),
            Mutant("Background", "owner-cascade", "propagation='Foreground'", check=_with_propagation("Foreground", "Background")),
            Mutant(
                "Background instead of Orphan", "owner-cascade", "propagation='Orphan'", check=_with_propagation("Orphan", "Background")
            ),
        ),
    ),
)
