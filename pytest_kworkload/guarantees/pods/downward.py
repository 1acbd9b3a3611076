"""pod-downward-identity: what a container is told of its own pod."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...history.model import Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a container is told something: an environment variable, or a file of a downwardAPI volume."""

    container: str
    name: str
    field: str
    file: bool = False

    def __str__(self) -> str:
        return f"{self.name if self.file else f'${self.name}'} in container {self.container}"


def places(pod: Object) -> list[Place]:
    """Every place where the pod's spec has a field of the pod told to a container."""
    found = []
    files = {
        str(volume["name"]): [(str(item["path"]), str(item["fieldRef"]["fieldPath"])) for item in items if "fieldRef" in item]
        for volume in pod["spec"].get("volumes") or ()
        for items in [(volume.get("downwardAPI") or {}).get("items") or ()]
    }
    for container in pod["spec"]["containers"]:
        name = str(container["name"])
        for one in container.get("env") or ():
            if "fieldRef" in (one.get("valueFrom") or {}):
                found.append(Place(name, str(one["name"]), str(one["valueFrom"]["fieldRef"]["fieldPath"])))
        for mount in container.get("volumeMounts") or ():
            for path, field in files.get(str(mount["name"]), ()):
                found.append(Place(name, f"{mount['mountPath'].rstrip('/')}/{path}", field, file=True))
    return found


def value(pod: Object, field: str) -> str:
    """What Kubernetes writes for a field of the pod."""
    keyed = _KEYED.fullmatch(field)
    if keyed is not None:
        return str((pod["metadata"].get(keyed[1]) or {}).get(keyed[2], ""))
    if field in ("metadata.labels", "metadata.annotations"):
        every: Mapping[str, str] = pod["metadata"].get(field.partition(".")[2]) or {}
        return "\n".join(f'{key}="{_quoted(every[key])}"' for key in sorted(every))
    found: Any = pod
    for key in field.split("."):
        found = (found or {}).get(key)
    if field.endswith("IPs"):
        return ",".join(str(one["ip"]) for one in found or ())
    return str(found or "")


def check_downward(pod: Object, told: Mapping[Place, str]) -> Finding:
    """Each place tells what the pod's field is now."""
    wrong = [(place, said, value(pod, place.field)) for place, said in told.items() if said != value(pod, place.field)]

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pod-downward-identity"], f"Pod {pod['metadata']['name']}", (f"places: {len(told)}",), **parts)

    if not told:
        return found(
            vacuous="no container is told anything of its pod",
            change="spec.containers[].env[].valueFrom.fieldRef, or a downwardAPI volume",
        )
    if not wrong:
        return found(evidence={"told": {place.name: said for place, said in told.items()}})
    breaches = tuple(Breach(f"{place} is {said!r}, and {place.field} is {now!r}") for place, said, now in wrong)
    if all(place.file for place, _, _ in wrong):
        return found(breaches=breaches, change="wait for it: the kubelet writes such a file anew within a minute or two")
    return found(
        breaches=breaches,
        cause="a variable keeps what it was when the container was started",
        change="a downwardAPI volume, whose files follow labels and annotations; or a restart of the container",
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
