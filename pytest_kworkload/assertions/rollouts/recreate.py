"""Updates with strategy Recreate."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.rollouts.recreate import check_recreate
from ...workloads.controllers import Deployment
from ..window import Evidence, Window, kinds_of


class Recreated(Evidence):
    """The old pods, and the new ones in the order of their creation."""

    old: tuple[str, ...]
    new: tuple[str, ...]


def assert_recreate(
    deployment: Deployment, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Recreated]:
    """In the update of the `with` block, no new pod is created before every old one has ended, so that two versions never meet.

    A pod that is terminating is still there. One that was deleted by force (grace period 0) may still run when its object is
    gone. The update lasts as long as the pods take to end: a program that ends on SIGTERM, or a shorter
    terminationGracePeriodSeconds (default 30), makes it quick. `timeout` is in seconds, for the update to settle.

    Fails as vacuous if the block makes no new version, if there was no old pod, or if only luck kept the versions apart, with a
    strategy other than Recreate. Guarantee: deploy-recreate.
    """
    return Window(
        "assert_recreate",
        deployment,
        Recreated(),
        kinds_of(deployment.kind),
        judge=lambda history: check_recreate(history, deployment.uid),
        timeout=timeout,
    ).by(trigger)
