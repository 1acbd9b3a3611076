"""The DNS names of replicas."""

from __future__ import annotations

from ...errors import NotFound
from ...guarantees.services.stable_dns import check_stable_dns, wrong_names
from ...workloads.controllers import StatefulSet
from ..replacement import wait_replaced
from ..window import LAG_SECONDS, Evidence, after, settled


class PodNames(Evidence):
    """The replicas' names, and the uids of the replaced one and of its successor."""

    names: tuple[str, ...]
    victim: str
    replacement: str


def assert_stable_dns(stateful_set: StatefulSet, *, timeout: float | None = None) -> PodNames:
    """Deletes a replica; afterwards the name <pod>.<serviceName> of every replica leads to that pod's address again.

    Looks at what the API tells the DNS server: the headless Service's EndpointSlices. A resolver may serve an older answer for as
    long as the server's TTL (often 30 s). `timeout` is in seconds. Fails as vacuous if no replica is replaced. Raises NotFound if
    there is none.
    Guarantee: dns-pod-identity.
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
        recording.absent(lambda history: not wrong_names(history, uid), min(LAG_SECONDS, deadline.remaining), since=mark)

    finding = after(wait, namespace, mark, kinds, lambda history: check_stable_dns(history, uid, str(victim["metadata"]["uid"])))
    return PodNames().fill(finding.evidence)
