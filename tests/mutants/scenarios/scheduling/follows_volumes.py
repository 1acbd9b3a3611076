"""Pods that are placed where their volumes are."""

from __future__ import annotations

import pytest

from pytest_kworkload import Namespace, assert_follows_volumes

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def followed(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_follows_volumes(db):
        db.pods()[0].delete()


def _nothing_placed(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_follows_volumes(db):
        pass


def _sent_away(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    elsewhere = next(name for name in ("node-0", "node-1") if name != db.pods()[0].node)
    with assert_follows_volumes(db, timeout=6):
        db.patch({"spec": {"template": {"spec": {"nodeName": elsewhere}}}})


SCENARIOS = (
    Scenario(
        "assert_follows_volumes",
        lambda: workloads.stateful_set(replicas=1, claims=True),
        followed,
        (
            Mutant(
                "volumes that can be used everywhere",
                "pv-node-affinity",
                "a StorageClass whose volumes are tied to one node",
                put("spec.volumeClaimTemplates.0.spec.storageClassName", "shared", "StatefulSet"),
            ),
            Mutant("nothing is placed", "pv-node-affinity", "delete a pod in the block", check=_nothing_placed),
            Mutant("sent to another node", "pv-node-affinity", "spec.template.spec.nodeName: leave it out", check=_sent_away),
        ),
        marks=(pytest.mark.kworkload(nodes=2),),
    ),
)
