"""StatefulSets: the order in which replicas start, and the identity that they keep."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.stateful_sets import order_and_identity
from ...workloads.controllers import StatefulSet, Workload
from ...workloads.pods import Pod
from ..replacement import after_loss
from ..window import Evidence, Window


class OrderedStart(Evidence):
    """The names of the replicas in the order of their creation."""

    order: tuple[str, ...]


class Identity(Evidence):
    """The replica's name, the deleted pod and its successor."""

    name: str
    victim: Pod
    replacement: Pod


def assert_stable_identity(workload: Workload, *, timeout: float | None = None) -> Identity:
    """Delete a replica; it comes back under its name, host name, subdomain and claims, with a new uid.

    It comes back when the old one has ended, which takes at most terminationGracePeriodSeconds (default 30). `timeout` is in
    seconds. Guarantee: sts-identity.
    """
    kind, uid = workload.kind, workload.uid
    evidence = after_loss(
        workload,
        timeout,
        lambda history, victim: order_and_identity.successor(history, kind, uid, victim),
        lambda history, victim: order_and_identity.check_identity(history, kind, uid, victim),
    )
    return Identity().fill(evidence)


def assert_ordered_start(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[OrderedStart]:
    """Each replica that the `with` block makes is created only when all lower ordinals are available.

    For a set that the block creates, take a handle with `kworkload.stateful_set(name, expected=True)`. It waits until
    the set has settled, at most `timeout` seconds: one replica after the other has to become Ready, and to stay so for
    minReadySeconds. Fails as vacuous for fewer than two replicas, for a template without a readiness signal, and for
    podManagementPolicy Parallel, which can keep the order by luck only. Guarantee: sts-ordered-start.
    """
    return Window(
        "assert_ordered_start",
        stateful_set,
        OrderedStart(),
        ("Pod", "StatefulSet"),
        judge=lambda history: order_and_identity.check_ordered_start(history, stateful_set.uid),
        timeout=timeout,
    ).by(trigger)
