"""What a pod's containers are told about the pod."""

from __future__ import annotations

from collections.abc import Mapping

from ...guarantees.pods.downward_identity import Place, check_downward_identity, places
from ...workloads.pods import Pod
from ..window import Evidence, held


class Told(Evidence):
    """What the containers are told, by the names of the variables and files."""

    told: Mapping[str, str]


def assert_downward_identity(pod: Pod) -> Told:
    """What the pod's containers are told about their pod (name, labels, address, node, ...) is true.

    Looks at each environment variable with a fieldRef, and at each file of a downwardAPI volume, in the running containers, which
    need `printenv` and `cat`. A variable keeps the value that it had when its container was started; a file follows labels and
    annotations within a minute or two. Fails as vacuous if no container is told anything. Guarantee: pod-downward-identity.
    """
    values = {place: _read(pod, place) for place in places(pod.get())}
    finding = held(check_downward_identity(pod.get(), values), pod.namespace.recording.look)
    return Told().fill(finding.evidence)


def _read(pod: Pod, place: Place) -> str:
    if place.file:
        return pod.read_file(place.name, container=place.container)
    return pod.exec(["printenv", place.name], container=place.container).stdout.removesuffix("\n")
