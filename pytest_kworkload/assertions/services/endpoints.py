"""Which pods a Service leads to, and when."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.services.endpoints import check_endpoints, terminating_pods, wrong_endpoints
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.services import Service
from ..window import LAG_SECONDS, Evidence, Window


class Endpoints(Evidence):
    """How many pods were seen, how often one became Ready or stopped being so, and the longest lag in seconds."""

    pods: int
    changes: int
    lag: float


def assert_endpoints_track_readiness(
    service: Service, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Endpoints]:
    """In the `with` block and after it the Service's EndpointSlices say of each pod, within five seconds, what it is.

    Ready pods are ready; a pod that is not Ready is not; a terminating one is not ready, terminating, and serving as long as it
    is Ready; finished pods, those that are gone and those that its selector leaves out are not listed. The selector may change in
    the block. The window ends when no pod is terminating, at most `timeout` seconds after the block, and the slices follow, ten
    seconds later at the latest. Fails as vacuous if no pod's readiness changed, and none was selected anew.
    Guarantee: svc-endpoints-ready.
    """
    recording = service.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = service.uid
        recording.barrier(deadline, "Pod", "Service")  # what the block has changed must be followed, not only what was seen of it
        recording.wait_for(
            lambda history: not terminating_pods(history, uid),
            f"the terminating pods of {service} to be gone",
            deadline,
            seen=lambda history: ", ".join(terminating_pods(history, uid)),
        )
        recording.wait_for(
            lambda history: not wrong_endpoints(history, uid),
            f"the endpoints of {service} to follow its pods",
            deadline.within(LAG_SECONDS),
            seen=lambda history: "\n".join(wrong_endpoints(history, uid)),
        )

    return Window(
        "assert_endpoints_track_readiness",
        service,
        Endpoints(),
        ("Pod", "EndpointSlice", "Service"),
        judge=lambda history: check_endpoints(history, service.uid),
        settle=end,
        timeout=timeout,
    ).by(trigger)
