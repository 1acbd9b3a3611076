"""Services and names: who is found, and when."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import NotFound
from ...guarantees.services.endpoints import behind, check_endpoints, ending
from ...guarantees.services.pod_names import astray, check_pod_names
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.controllers import StatefulSet
from ...workloads.services import Service
from ..replacement import wait_replaced
from ..window import LAG_SECONDS, Evidence, Window, after, settled


class Endpoints(Evidence):
    """How many pods were seen, how often one became Ready or stopped being so, and the longest lag in seconds."""

    pods: int
    changes: int
    lag: float


class PodNames(Evidence):
    """The replicas' names, and the uids of the replaced one and of its successor."""

    names: tuple[str, ...]
    victim: str
    replacement: str


def assert_endpoints_track_readiness(
    service: Service, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Endpoints]:
    """In the `with` block and after it the Service's EndpointSlices say of each pod, within five seconds, what it is.

    Ready pods are ready; a pod that is not Ready is not; a terminating one is not ready, terminating, and serving as long as it
    is Ready; finished pods, those that are gone and those that its selector leaves out are not listed. The selector may change in
    the block. The window ends when no pod is terminating, at most `timeout` seconds after the block, and all agrees, ten seconds
    later at the latest. Fails as vacuous if no pod's readiness changed, and none was selected anew.
    Guarantee: svc-endpoints-ready.
    """
    recording = service.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = service.uid
        recording.barrier(deadline, "Pod", "Service")  # what the block has changed must be followed, not only what was seen of it
        recording.wait_for(
            lambda history: not ending(history, uid),
            f"the terminating pods of {service} to be gone",
            deadline,
            seen=lambda history: ", ".join(ending(history, uid)),
        )
        recording.wait_for(
            lambda history: not behind(history, uid),
            f"the endpoints of {service} to follow its pods",
            deadline.within(LAG_SECONDS),
            seen=lambda history: "\n".join(behind(history, uid)),
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


def assert_stable_dns(stateful_set: StatefulSet, *, timeout: float | None = None) -> PodNames:
    """Deletes a replica; afterwards the name <pod>.<serviceName> of every replica leads to that pod's address again.

    Looks at what the API tells the DNS server: the headless Service's EndpointSlices. A resolver may serve an older answer for as
    long as the server's TTL (often 30 s). `timeout` is in seconds. Guarantee: dns-pod-identity.
    """
    namespace, recording, uid = stateful_set.namespace, stateful_set.namespace.recording, stateful_set.uid
    deadline, kinds = namespace.deadline(timeout), ("Pod", "StatefulSet", "Service", "EndpointSlice")
    settled(stateful_set, deadline)
    pods = stateful_set.pods()
    if not pods:
        raise NotFound(f"{stateful_set} has no pod", "there is no name to follow", "have at least one replica")
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    victim = recording.since(mark).before("Pod")[pods[-1].uid]
    pods[-1].delete()

    def wait() -> None:
        wait_replaced(stateful_set, victim, mark, deadline)
        recording.absent(lambda history: not astray(history, uid), min(LAG_SECONDS, deadline.remaining), since=mark)

    finding = after(wait, namespace, mark, kinds, lambda history: check_pod_names(history, uid, str(victim["metadata"]["uid"])))
    return PodNames().fill(finding.evidence)
