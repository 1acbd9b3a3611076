"""pod-downward-identity: what a container is told about its own pod."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...history.model import Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging

_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a container is told a field of its pod: an environment variable, or a file of a downwardAPI volume."""

    container: str
    name: str
    field: str
    file: bool = False

    def __str__(self) -> str:
        return f"{self.name if self.file else f'${self.name}'} in container {self.container}"


def places(pod: Object) -> list[Place]:
    """Every place in the pod's spec that tells a container a field of the pod."""
    every = []
    files = {
        str(volume["name"]): [(str(item["path"]), str(item["fieldRef"]["fieldPath"])) for item in items if "fieldRef" in item]
        for volume in pod["spec"].get("volumes") or ()
        for items in [(volume.get("downwardAPI") or {}).get("items") or ()]
    }
    for container in pod["spec"]["containers"]:
        name = str(container["name"])
        for one in container.get("env") or ():
            if "fieldRef" in (one.get("valueFrom") or {}):
                every.append(Place(name, str(one["name"]), str(one["valueFrom"]["fieldRef"]["fieldPath"])))
        for mount in container.get("volumeMounts") or ():
            for path, field in files.get(str(mount["name"]), ()):
                every.append(Place(name, f"{mount['mountPath'].rstrip('/')}/{path}", field, file=True))
    return every


def value(pod: Object, field: str) -> str:
    """What Kubernetes writes for a field of the pod."""
    keyed = _KEYED.fullmatch(field)
    if keyed is not None:
        return str((pod["metadata"].get(keyed[1]) or {}).get(keyed[2], ""))
    if field in ("metadata.labels", "metadata.annotations"):
        pairs: Mapping[str, str] = pod["metadata"].get(field.partition(".")[2]) or {}
        return "\n".join(f'{key}="{_quoted(pairs[key])}"' for key in sorted(pairs))
    content: Any = pod
    for key in field.split("."):
        content = (content or {}).get(key)
    if field.endswith("IPs"):
        return ",".join(str(one["ip"]) for one in content or ())
    return str(content or "")


def check_downward_identity(pod: Object, values: Mapping[Place, str]) -> Finding:
    """In each place the container is told what the pod's field is now."""
    judging = Judging.of(CATALOGUE["pod-downward-identity"], pod, f"places: {len(values)}")
    if not values:
        return judging.vacuous(
            "no container is told anything about its pod",
            change="spec.containers[].env[].valueFrom.fieldRef.fieldPath: a field of the pod, such as metadata.name (now not set)",
        )
    wrong = [(place, told, value(pod, place.field)) for place, told in values.items() if told != value(pod, place.field)]
    breaches = (Breach(f"{place} is {told!r}, and {place.field} is {now!r}") for place, told, now in wrong)
    if wrong and all(place.file for place, _, _ in wrong):
        return judging.found(
            breaches,
            cause="the kubelet has not written the file anew yet: that takes a minute or two",
            check="whether the test waits for it, with assert_eventually",
        )
    return judging.found(
        breaches,
        cause="a variable keeps the value that it had when its container was started",
        change="spec.volumes[].downwardAPI: the same field as a file, which follows labels and annotations (now a variable)",
        evidence={"told": {place.name: told for place, told in values.items()}},
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
