"""Pods that go on running, whatever happens around them."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.nodes.undisturbed import check_undisturbed, disturbances
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..window import ABSENCE_SECONDS, Evidence, Window, kinds_of


class Undisturbed(Evidence):
    """The pods that went on running."""

    pods: tuple[str, ...]


def assert_undisturbed(
    workload: Workload | Pod, *, settle: float = ABSENCE_SECONDS, trigger: Callable[[], object] | None = None
) -> Window[Undisturbed]:
    """What the `with` block does around the workload creates or deletes none of its pods, and every container goes on running.

    This is so when a kubelet or a component of the control plane is restarted, when a node is cordoned, and for a taint that is
    tolerated or is removed in time. That pods are not Ready for a while is allowed: it happens to them on a lost node. The pods are
    watched for `settle` seconds after the block.

    Fails as vacuous if the workload had no pod when the block began. Guarantee: undisturbed.
    """
    recording, kind, uid = workload.namespace.recording, workload.kind, workload.uid

    def end(mark: Mark, deadline: Deadline) -> None:
        recording.absent(lambda history: next(disturbances(history, kind, uid), None), settle, since=mark)

    return Window(
        "assert_undisturbed",
        workload,
        Undisturbed(),
        kinds_of(kind),
        judge=lambda history: check_undisturbed(history, kind, uid, settle),
        settle=end,
        timeout=None,
    ).by(trigger)
