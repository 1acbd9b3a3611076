"""The partition of a StatefulSet's update: the replicas that it holds back."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.stateful_sets.partition import check_partition
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...workloads.controllers import StatefulSet
from ..window import ABSENCE_SECONDS, Evidence, Window, settled


class Partition(Evidence):
    """The replicas that were held back, the others, and the revision that those have."""

    held: tuple[str, ...]
    updated: tuple[str, ...]
    revision: str


def assert_partition(
    stateful_set: StatefulSet,
    partition: int,
    *,
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Partition]:
    """The update in the `with` block passes over the first `partition` replicas; all others get it.

    A held replica that the block deletes comes back at the revision that it had. `partition` counts from ordinals.start. The
    others have `timeout` seconds to be updated; then the held ones are watched for `settle` seconds.
    With updateStrategy OnDelete, which knows no partition, it fails. Guarantee: sts-partition.
    """

    def check(history: History) -> Finding:
        return check_partition(history, stateful_set.uid, partition)

    def end(mark: Mark, deadline: Deadline) -> None:
        settled(stateful_set, deadline)
        stateful_set.namespace.recording.absent(lambda history: bool(check(history).breaches), settle, since=mark)

    return Window("assert_partition", stateful_set, Partition(), ("Pod", "StatefulSet"), judge=check, settle=end, timeout=timeout).by(
        trigger
    )
