"""A Service with its pods and its EndpointSlices in every state of a window. Its selector may change, as the pods may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..history.model import History, Object, Version
from .pods import finished, terminating
from .readiness import condition

# The controller gathers changes for up to a second; together with its queue the catalogue grants it five.
LAG = timedelta(seconds=5)

SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Between two changes: the Service, the pods that it selects, by uid, and its slices. `version` led here; None: the start."""

    at: datetime
    service: Object
    pods: Mapping[str, Object]
    slices: Sequence[Object]
    version: Version | None

    @property
    def ready(self) -> frozenset[str]:
        """The pods that are to get requests."""
        return frozenset(uid for uid, pod in self.pods.items() if _is_ready(pod))


def service_states(history: History, uid: str) -> Iterator[ServiceState]:
    """The window's start, then every state that a change of the Service, of a pod or of a slice led to."""
    service = {**{one.uid: one.object for one in reversed(history.of("Service"))}, **history.before("Service")}[uid]  # its first version
    for state in history.states_of("Service", "Pod", "EndpointSlice"):
        service = state.objects["Service"].get(uid, service)
        slices = slices_of(state.objects["EndpointSlice"], service)
        yield ServiceState(state.moment, service, selected_pods(service, state.objects["Pod"]), slices, state.version)


def slices_of(objects: Mapping[str, Object], service: Object) -> list[Object]:
    name = service["metadata"]["name"]
    return [one for one in objects.values() if (one["metadata"].get("labels") or {}).get(SERVICE_NAME) == name]


def selected_pods(service: Object, pods: Mapping[str, Object]) -> dict[str, Object]:
    """The pods that the Service selects."""
    wanted = (service["spec"].get("selector") or {}).items()
    return {uid: pod for uid, pod in pods.items() if wanted and wanted <= (pod["metadata"].get("labels") or {}).items()}


def _is_ready(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True" and not terminating(pod) and not finished(pod)
