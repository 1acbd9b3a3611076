"""A Service that selects one workload's pods, and no others."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import KworkloadError
from ...guarantees.services.selects_only import check_selects_only
from ...workloads.controllers import Workload
from ...workloads.services import Service
from ..window import Evidence, at_rest, kinds_of


class SelectsOnly(Evidence):
    """How many pods the Service selected since the test began, and by which labels."""

    pods: int
    selector: Mapping[str, str]


def assert_selects_only(service: Service, workload: Workload, *, timeout: float | None = None) -> SelectsOnly:
    """The Service's selector catches exactly this workload's pods, in every state since the test began.

    A pod of another workload with the same labels, which gets requests too, breaks it; so does a pod of the workload that the selector
    leaves out. `workload` is a Deployment, ReplicaSet, StatefulSet or DaemonSet. Pods that have finished do not count. A pod that is
    adopted or released may be its old or its new owner's for a second, until the controller has seen it. Waits at most `timeout`
    seconds for the workload to settle, then judges everything that was recorded while the Service was there.

    Vacuous if the Service has no selector or is an ExternalName, or if there was no pod of the workload while it was there.

    Guarantee: svc-selects-only.
    """
    if not isinstance(service, Service) or not isinstance(workload, Workload):
        raise KworkloadError(
            f"assert_selects_only({service}, {workload})",
            "it takes a Service, and then what keeps the pods: a Deployment, ReplicaSet, StatefulSet or DaemonSet",
            'kworkload.service("..."), kworkload.deployment("...")',
        )
    kind = workload.kind
    kinds = kinds_of(kind, "Service")
    finding, late = at_rest(workload, kinds, timeout, lambda history: check_selects_only(history, service.uid, kind, workload.uid))
    if late is not None:
        raise late
    return SelectsOnly().fill(finding.evidence)
