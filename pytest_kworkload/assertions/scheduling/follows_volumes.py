"""Pods that are placed where their volumes are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.scheduling.follows_volumes import check_follows_volumes
from ...workloads.controllers import Workload
from ..window import Evidence, Window, kinds_of


class Followed(Evidence):
    """The node of each pod that was placed, and the nodes where each of the volumes can be used."""

    placed: Mapping[str, str]
    usable: Mapping[str, tuple[str, ...]]


def assert_follows_volumes(
    workload: Workload, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Followed]:
    """Each pod that is placed in the `with` block is placed on a node where the volumes of its claims can be used: where its data is.

    Only pods whose claims were bound before the block are judged: let the block delete or evict one. A pod whose only such node is
    away stays Pending (see assert_unschedulable). `timeout`, in seconds, is for the workload to settle.

    Fails as vacuous if no such pod was placed, if the template names its node, or if the volumes can be used on every node that
    would take the pods. Guarantee: pv-node-affinity.
    """
    return Window(
        "assert_follows_volumes",
        workload,
        Followed(),
        kinds_of(workload.kind, "Node", "PersistentVolumeClaim", "PersistentVolume"),
        judge=lambda history: check_follows_volumes(history, workload.kind, workload.uid),
        timeout=timeout,
    ).by(trigger)
